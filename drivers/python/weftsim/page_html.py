"""Pieces of an HTML page that needs no other file. All texts are escaped here."""
import base64
import html

STYLE = """
body{font:15px/1.45 system-ui,sans-serif;color:#1a1a1a;max-width:68rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;margin-bottom:.2rem}h2{font-size:1.15rem;margin-top:2rem;border-bottom:1px solid #ccc}
table{border-collapse:collapse;font-size:.9rem}td,th{padding:.15rem .7rem .15rem 0;text-align:left;vertical-align:top}
th{border-bottom:1px solid #999}td.number{text-align:right;font-variant-numeric:tabular-nums}tr:nth-child(even){background:#f6f6f6}
figure{margin:1rem 0}figure img{max-width:100%}figcaption{font-size:.85rem;color:#555}
.agrees{color:#00664b}.differs{color:#a33c00;font-weight:600}.missing{color:#777}
pre{white-space:pre-wrap;font-size:.8rem;background:#f6f6f6;padding:.6rem}details{margin:.5rem 0}
@media print{details{display:block}body{margin:0}}
"""
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
TYPES = {"png": "image/png", "svg": "image/svg+xml", "gif": "image/gif"}


class Raw(str):
    """Text that is HTML already."""


def escape(value):
    return value if isinstance(value, Raw) else Raw(html.escape(str(value), quote=True))


def element(name, content="", **attributes):
    names = {key.rstrip("_"): value for key, value in attributes.items()}
    inside = "".join(f' {key}="{escape(value)}"' for key, value in names.items())
    return Raw(f"<{name}{inside}>{escape(content)}</{name}>")


def join(*parts):
    return Raw("\n".join(escape(part) for part in parts if part))


def number(value, error=None):
    """A value, and its standard error in the unit of the last digits, as 0.318(10)."""
    if value is None:
        return ""
    if error is None or not error > 0 or error != error or not abs(value) < 1e15:
        return f"{value:.10g}"
    from math import floor, log10
    digits = 1 - floor(log10(error))
    if digits < 0 or digits > 12:
        return f"{value:.6g} +- {error:.2g}"
    return f"{value:.{digits}f}({round(error * 10**digits)})"


def table(header, rows, numeric=()):
    head = element("tr", join(*(element("th", name) for name in header)))
    body = [element("tr", join(*(element("td", cell, class_="number") if i in numeric else element("td", cell)
                                 for i, cell in enumerate(row)))) for row in rows]
    return element("table", join(head, *body))


def figure(path, caption):
    ending = path.rsplit(".", 1)[-1]
    with open(path, "rb") as file:
        data = base64.b64encode(file.read()).decode("ascii")
    image = Raw(f'<img alt="{escape(caption)}" src="data:{TYPES[ending]};base64,{data}">')
    return element("figure", join(image, element("figcaption", caption)))


def document(title, *parts):
    head = join(Raw('<meta charset="utf-8">'), Raw('<meta name="viewport" content="width=device-width">'),
                Raw(f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">'),
                element("title", title), Raw(f"<style>{STYLE}</style>"))
    return "<!DOCTYPE html>\n" + Raw(f'<html lang="en">\n<head>\n{head}\n</head>\n<body>\n{join(*parts)}\n</body>\n</html>\n')
