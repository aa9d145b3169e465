"""How names and explanations are written in pictures: with the letters of formulas in place of their names in programs."""
import re

GREEK = dict(zip(("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau",
                  "phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Phi", "Psi", "Omega"),
                 "αβγδεζηθκλμνξπρστφχψωΓΔΘΛΞΠΣΦΨΩ"))
LETTER = "[A-Za-z]|" + "|".join(GREEK)
FORMS = {r"mean_abs2_(\w+)": r"\langle |%s|^2 \rangle", r"mean_(\w+?)2": r"\langle %s^2 \rangle", r"mean_(\w+)": r"\langle %s \rangle",
         r"variance_(\w+)": r"\mathrm{var}\,%s", r"spectrum_(\w+)": r"S_{%s}(k)", r"S_(\w+)": r"S_{%s}(k)", r"dt_(\w+)": r"\dot{%s}"}


def symbol_of(name):
    """TeX of a name that an input gave (phi, mean_u, x1, q_t); nothing where it is a word."""
    for pattern, form in FORMS.items():
        found = re.fullmatch(pattern, name)
        inner = found and (symbol_of(found[1]) or (rf"\mathrm{{{found[1]}}}" if form.startswith("S_") and found[1].isalnum() else ""))
        if inner:
            return form % inner
    found = re.fullmatch(rf"({LETTER})_?(\d*)(_t)?", name)
    if not found:
        return ""
    letter = f"\\{found[1]}" if found[1] in GREEK else found[1]
    letter = rf"\dot{{{letter}}}" if found[3] else letter
    return f"{letter}_{{{found[2]}}}" if found[2] else letter


def typeset(words):
    """An explanation with powers, indices and Greek letters as they are printed."""
    if "$" in words:
        return words
    words = re.sub(r"\^(-?\w+|\([^()]*\))", lambda m: "$^{" + m[1].strip("()") + "}$", words)
    words = re.sub(rf"(?<!\w)({LETTER}|sum|front|density)_(\w)(?!\w)", r"\1$_{\2}$", words)
    words = re.sub(r"(?<![^\W_])sum(?=\$_| [B-HJ-Z](?!\w)| \(-1\))", "Σ", words)
    words = re.sub(r"(?<!\w)(" + "|".join(GREEK) + r")(?!\w)", lambda m: GREEK[m[1]], words)
    words = re.sub(r"<(\w)>", r"⟨\1⟩", words)
    words = re.sub(r"(?<=[\w)$|⟩]) - (?=[\w($|⟨])|(?<![^\s(])-(?=\d)|(?<=\()-(?=\w)", lambda m: m[0].replace("-", "\N{MINUS SIGN}"), words)
    words = words.replace(" -> ", " → ")
    return re.sub(r"(?<!\w)int (?=\S)", "∫ ", words)
