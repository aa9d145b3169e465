"""The language of equations, operator by operator, on all boundaries: right-hand sides and observables that weft makes of a
text equal to 1e-11 what NumPy makes of the same text (equation_numpy.py); and what the boundaries do not allow is refused
with a mark below the place. The observables are the same on 1 to 4 ranks."""
from equation_numpy import Evaluator, keys, text
from program import WEFT, check, end, h5py, np, os, scratch, subprocess, weft, write


def real(*names):
    return [(name, False, 1) for name in names]


def cplx(*names):
    return [(name, True, 1) for name in names]


P = {"a": 0.7, "b": -1.3}
RATES = {
    "lap u3 dirichlet": dict(n=[17], fields=real("u"), boundary="dirichlet", equations=["dt(u) = lap(u) + 0.1*lap(u^3) - u^3"]),
    "lap u3 antiper": dict(n=[16], fields=real("u"), boundary="antiperiodic", equations=["dt(u) = lap(u) + 0.1*lap(u^3) - u^3 + dx(u^3) + u*dx(u)^2"]),
    "neumann CH": dict(n=[17, 9], fields=real("u"), boundary="neumann", equations=["mu = u^3 - u - lap(u)", "dt(u) = lap(mu)"]),
    "neumann dxdx": dict(n=[17, 9], fields=real("u"), boundary="neumann", equations=["dt(u) = lap(u) + 0.3*dx(dx(u^2)) + dx(dx(u))*u"]),
    "mixed grad y": dict(n=[17, 9], fields=real("u"), boundary=["periodic", "neumann"], equations=["dt(u) = lap(u) + dy(u)^2 + dy(u)"]),
    "poisson neumann": dict(n=[17, 9], fields=real("w"), boundary="neumann", equations=["lap(p) = w - mean(w)", "dt(w) = lap(w) + p*w"], solve={"lap(p)": ("p", "-k2")}),
    "mean lap dirichlet": dict(n=[17], fields=real("u"), boundary="dirichlet", equations=["dt(u) = lap(u) + u*mean(lap(u))"]),
    "mean lap u2 neumann": dict(n=[17], fields=real("u"), boundary="neumann", equations=["dt(u) = lap(u) + u*mean(lap(u)*u)"]),
    "mean u dirichlet": dict(n=[17], fields=real("u"), boundary="dirichlet", equations=["dt(u) = lap(u) - u*mean(u)"]),
    "dirichlet x": dict(n=[17], fields=real("u"), boundary="dirichlet", equations=["dt(u) = lap(u) + x*u"]),
    "neumann x": dict(n=[17], fields=real("u"), boundary="neumann", equations=["dt(u) = lap(u) + x*u + x^2 + sin(x)"]),
    "fourier neumann": dict(n=[17], fields=real("u"), boundary="neumann", equations=["dt(u) = fourier(-k^2/(1+k), u) + fourier(exp(-k^2), u^2)"]),
    "complex neumann": dict(n=[17, 9], fields=[("A", True, 1)], boundary="neumann", equations=["dt(A) = A + (1+2*i)*lap(A) - (1 - i)*abs2(A)*A"]),
    "complex dirichlet i": dict(n=[17], fields=[("A", True, 1)], boundary="dirichlet", equations=["dt(A) = i*lap(A)/2 - i*x^2/2*A - i*abs2(A)*A"]),
    "order2 dirichlet": dict(n=[17, 9], fields=[("q", False, 2)], boundary=["dirichlet", "neumann"], equations=["dtt(q) = lap(q) - sin(q) - 0.2*dt(q)*q^2"]),
    "lat neumann dx": dict(n=[17, 12], fields=real("u"), space="lattice", boundary="neumann", difference=4, equations=["dt(u) = lap(u) + dx(u)^2 + dx(u) + dy(u*dx(u)) + dx(x*u)"]),
    "lat dirichlet": dict(n=[17, 12], fields=real("u"), space="lattice", boundary="dirichlet", difference=6, equations=["dt(u) = lap(u^2) + dx(u)^2 + 1 + dy(u^3*dx(u)) + x*u + dx(u,3)"]),
    "lat antiper": dict(n=[17, 12], fields=real("u"), space="lattice", boundary="antiperiodic", difference=8, equations=["dt(u) = lap(u^2) + dx(u)^2 + 1 + dy(u^3*dx(u)) + x*u + dx(u,3)"]),
    "lat offsets": dict(n=[11, 12], fields=real("u", "v"), space="lattice", boundary=["dirichlet", "neumann"], equations=["dt(u) = u[2,-3]*v[-1,0] + u[-3,3] - v", "dt(v) = sin(v[0,5]) + u[5,0]"]),
    "lat offsets anti": dict(n=[11, 12], fields=real("u", "v"), space="lattice", boundary=["antiperiodic", "periodic"], equations=["dt(u) = u[2,-3]*v[-1,0] + u[-3,3] - v", "dt(v) = sin(v[0,5]) + u[5,0]"]),
    "lat offset field of place": dict(n=[11, 12], fields=real("u"), space="lattice", boundary=["neumann", "periodic"], equations=["c = 1 + 0.5*cos(x) + 0.1*y", "dt(u) = c[0,1]*u[0,1] + c[2,0]*u - c*u"]),
    "lat mean": dict(n=[11], fields=real("u"), space="lattice", boundary="neumann", equations=["dt(u) = mean(dx(u))*u + mean(lap(u)) + mean(u^2)"]),
    "all functions": dict(n=[31], fields=real("u"), start="0.3*normal", equations=["dt(u) = lap(u) + sqrt(1+u^2) + exp(u/4) + log(3+sin(u)) + tan(u/9) + asin(sin(u)/2) + acos(cos(u)/2) + atan2(u, 1+u^2) + sinh(u/5) + cosh(u/5) + tanh(u) + abs(u) + sign(u) + min(u, 0.1) + max(u, 0.2) + erf(u) + step(u)"]),
    "comparisons": dict(n=[31], fields=real("u"), equations=["dt(u) = lap(u) + (u < 0.1)*u + (u >= 0.2) + (u <= 0.3)*2 + (u > 0.5) + (u == u) + (u != u) + where(u > 0, u^2, -u)"]),
    "prec": dict(n=[31], fields=real("u"), parameters=P, equations=["dt(u) = lap(u) - u^2 + 2^-1*u^3 - 2*u/4*u + -u^2*a - (-u)^3/b + a*b^2*u + +u - -u"]),
    "frac pow": dict(n=[31], fields=real("u"), equations=["dt(u) = lap(u) + (1+u^2)^1.5 + (2+sin(u))^u + (u^2+1)^-0.5 + abs(u)^0.5 + 2^u/10"]),
    "deriv orders": dict(n=[31], fields=real("u"), equations=["dt(u) = -dx(u,4) + dx(u^2,3)/100 - 0.1*dx(u,3) + dx(u,5)/1000 + dx(u*dx(u,2),2)/100"]),
    "3d": dict(n=[7, 9, 11], fields=real("u", "v"), parameters=P, equations=["dt(u) = lap(u) + dx(v)*dy(u) - dz(u*v) + grad2(v)", "dt(v) = a*lap(v) + dz(dy(dx(u*v)))/10 + mean(u*v)*u + b*v^2"]),
    "fraclap": dict(n=[31], fields=real("u"), equations=["dt(u) = -fraclap(u, 0.75) + fraclap(u^2, 0.5) + fraclap(u^3,-1) + fraclap(u,-0.5)*u + fraclap(u,2)*0"]),
    "fourier": dict(n=[15, 17], fields=real("u"), equations=["dt(u) = fourier(-k^2 + i*kx*ky^2/10, u) + fourier(-i*sign(kx), u^2) + fourier(exp(-k^2/2)*kx*ky, u*u) + fourier(1/(1+k^2), u^3) + fourier(cos(kx)+i*sin(ky), u^2)"]),
    "fourier complex": dict(n=[15, 17], fields=cplx("A"), equations=["dt(A) = lap(A) + fourier(exp(-k^2) + i*k + kx - i*ky, A) + fourier(kx + i*k^2/10, abs2(A)) + fourier(sign(ky), A*A)"]),
    "complex funcs": dict(n=[31], fields=cplx("A") + real("u"), start="0.4*normal", equations=["dt(A) = (1+2*i)*lap(A) + exp(i*u)*A + sin(A) + cos(A)*i + sinh(A/2) + cosh(A/3) + A^3 + 1/(2 + A*conj(A)) + A/(3+i*u) + A^-1*0 + where(u>0, A, conj(A)) + arg(2+0.1*A)*i", "dt(u) = lap(u) + re(A)*im(A) + abs(A) + abs2(A^2) + arg(A+3) + re(dx(A))*u + im(conj(A)*dx(A))"]),
    "complex cross": dict(n=[31], fields=cplx("A", "B"), equations=["dt(A) = (1 + i)*lap(A) - lap(conj(B)) + i*B + 2*conj(A)", "dt(B) = lap(B)*(1-i) + i*conj(lap(A)) + dx(A)"]),
    "complex d": dict(n=[15, 9], fields=cplx("A"), equations=["dt(A) = lap(A) + dx(A)*dy(conj(A)) + grad2(A)*A + i*dx(abs2(A)) + fraclap(A,0.5)*A + mean(A)*A + mean(abs2(A))*A + A*mean(conj(A)^2)"]),
    "order2 damped": dict(n=[31], fields=[("q", False, 2)], parameters=P, equations=["dtt(q) = lap(q) - a*dt(q) - q^3 + dx(dt(q))*q + lap(dt(q))/10"]),
    "order2 complex": dict(n=[31], fields=[("A", True, 2), ("u", False, 1)], equations=["dtt(A) = lap(A) - A*abs2(A) + i*dt(A)*u", "dt(u) = lap(u) + re(A*conj(dt(A)))"]),
    "mixed order": dict(n=[9, 11], fields=[("q", False, 2), ("u", False, 1), ("p", False, 2)], equations=["dtt(q) = lap(q) + u*p - dt(p)", "dt(u) = lap(u) + dt(q)*u", "dtt(p) = 2*lap(p) - sin(q)"]),
    "navier": dict(n=[15, 17], fields=real("w"), equations=["lap(psi) = -w", "dt(w) = 0.1*lap(w) - dy(psi)*dx(w) + dx(psi)*dy(w) + psi"], solve={"lap(psi)": ("psi", "-k2")}),
    "helm": dict(n=[15], fields=real("w", "v"), parameters=P, equations=["psi - a*lap(psi) = w + v^2", "chi + dx(chi) = psi^2", "dt(w) = lap(w) + psi*w + chi", "dt(v) = lap(v) + lap(psi)*v + dx(chi)"], solve={"psi - a*lap(psi)": ("psi", "1 + a*k2"), "chi + dx(chi)": ("chi", "1 + 1j*kx")}),
    "poisson nested": dict(n=[15], fields=real("w"), equations=["lap(b) = a2*w", "lap(a2) = w^2 + 1", "dt(w) = lap(w) + b + a2*w"], solve={"lap(b)": ("b", "-k2"), "lap(a2)": ("a2", "-k2")}),
    "poisson complex": dict(n=[15], fields=cplx("A"), equations=["lap(p) = abs2(A) + i*re(A)", "dt(A) = i*lap(A) + p*A"], solve={"lap(p)": ("p", "-k2")}),
    "names": dict(n=[15, 9], fields=real("u"), equations=["dt(u) = lap(mu) - f*mu", "f = g + u", "mu = u^3 - u - lap(u) + g*u", "g = grad2(u)/10"]),
    "places": dict(n=[31], fields=real("u"), equations=["dt(u) = lap(u) + x*u + exp(-x^2)*dx(u) + cos(x) + dx(sin(x)*u) + x^2 + step(x)*u"]),
    "place deriv": dict(n=[31], fields=real("p"), equations=["V = x^4/4 - x^2/2", "dt(p) = lap(p) + sin(x)*dx(p) + p*lap(cos(x)) + dx(cos(2*x))"]),
    "places 3d": dict(n=[7, 9, 11], fields=real("u"), equations=["dt(u) = lap(u) + x*y*u - z*dy(u) + y^2 + dz(cos(z)*u)"]),
    "mean nested": dict(n=[31], fields=real("u"), equations=["dt(u) = lap(u) + mean(u*mean(u^2)) - u*mean(u) + mean(u) + mean(x*u)*cos(x) + exp(-mean(u^2)) + lap(mean(u)*u) + mean(dx(u)^2)"]),
    "mean of lin": dict(n=[31], fields=real("u", "v"), equations=["dt(u) = lap(u) + mean(v) - 2*mean(u)", "dt(v) = lap(v) - lap(mean(u)*v) + mean(lap(u)*v)*3"]),
    "const": dict(n=[31], fields=real("u"), equations=["dt(u) = lap(u) + 1 + (1+u)^3 - (2-u)*(1+u) + (u+1)*lap(u+2)"]),
    "lattice orders": dict(n=[19, 21], fields=real("u"), space="lattice", difference=6, equations=["dt(u) = lap(u) + dx(u,3) + dy(u^2,2) + dx(dy(u)) - dx(u*dx(u)) - lap(lap(u))/100 + grad2(u)"]),
    "lattice complex": dict(n=[19], fields=cplx("A"), space="lattice", difference=4, equations=["dt(A) = i*lap(A) + A[1]*conj(A[-1]) - i*abs2(A)*A + dx(A)*A + mean(A)"]),
    "lattice order2": dict(n=[19], fields=[("q", False, 2)], space="lattice", equations=["dtt(q) = q[1] - 2*q + q[-1] - sin(q[2]-q) - dt(q)*q - 0.1*(dt(q) - q[1])"]),
    "lorenz96": dict(n=[40], fields=real("u"), space="lattice", equations=["dt(u) = (u[1]-u[-2])*u[-1] - u + 8"]),
    "lat offset named": dict(n=[19, 11], fields=real("u", "v"), space="lattice", equations=["J = u^2*v[0,1] - mean(u)", "dt(u) = J[0,1] - J + J[1,-2]*v", "dt(v) = lap(J) + v"]),
    "lat far": dict(n=[11], fields=real("u"), space="lattice", equations=["dt(u) = u[5] - u[-5] + u[9]*u[-7]"]),
    "lat place": dict(n=[11, 13], fields=real("u"), space="lattice", equations=["dt(u) = dx(cos(x)*u) + x*u[0,1] + y"]),
    "t only": dict(n=[15], fields=real("u"), equations=["dt(u) = lap(u) + cos(t) + sin(t)*u + t*u^2"]),
    "zero rhs": dict(n=[15], fields=real("u"), equations=["dt(u) = 0"]),
    "lin only coupled": dict(n=[15], fields=real("u", "v"), equations=["dt(u) = lap(u) + dx(v)", "dt(v) = dx(u) - v + lap(v)"]),
    "even n": dict(n=[16], fields=real("u"), equations=["dt(u) = lap(u) + u^2 - dx(u,4)"]),
    "pole beside others": dict(n=[15], fields=real("w"), equations=["lap(a2) = w^2", "dt(w) = lap(w) - w + a2 + w^2 + fraclap(w, -1) + fraclap(w, -0.7)"], solve={"lap(a2)": ("a2", "-k2")}),
}
# derivatives of formulas of the place, which a transform over the seam of the grid would get wrong: as weft is told, as NumPy is
PLACES = [
    (dict(n=[15]), ["dt(w) = lap(w) + dx(x^2*w) + w*dx(x^4/4 - x^2/2)"], ["dt(w) = lap(w) + dx(x^2*w) + w*(x^3 - x)"]),
    (dict(n=[15]), ["V = x^4/4", "dt(w) = lap(w) + dx(w*dx(V)) + w*dx(V, 2) + lap(V + w)*w"],
     ["dt(w) = lap(w) + dx(w*x^3) + w*3*x^2 + (3*x^2 + lap(w))*w"]),
    (dict(n=[15, 13]), ["V = x^2*y", "dt(w) = lap(w) + grad2(V + w) + w*dy(V) + lap(V)*w"],
     ["dt(w) = lap(w) + (2*x*y + dx(w))^2 + (x^2 + dy(w))^2 + w*x^2 + 2*y*w"]),
    (dict(n=[15]), ["dt(w) = lap(w) + dx(abs(x)) + w*dx(sin(x)*t + x)"], ["dt(w) = lap(w) + sign(x) + w"]),
]
REFUSED = {
    "u^2, on which this acts, is not odd along x": dict(n=[17], fields=real("u"), boundary="dirichlet", equations=["dt(u) = lap(u) + u*lap(u^2)"]),
    "u^2, on which this acts": dict(n=[16], fields=real("u"), boundary="antiperiodic", equations=["dt(u) = lap(u) + u*lap(u^2)"]),
    "has the other parity along x (neumann dx)": dict(n=[17, 9], fields=real("u"), boundary="neumann", equations=["dt(u) = lap(u) + dx(u)^2"]),
    "has the other parity along y": dict(n=[17, 9], fields=real("u"), boundary="neumann", equations=["dt(u) = lap(u) + grad2(u)"]),
    "u*v, on which this acts": dict(n=[17, 8, 7], fields=real("u", "v"), boundary=["dirichlet", "antiperiodic", "periodic"], equations=["dt(u) = lap(u) + dx(v)*u*v + dy(v)", "dt(v) = lap(v) - v^3 + u*dx(u*v)"]),
    "w^2, on which this acts": dict(n=[17, 9], fields=real("w"), boundary="dirichlet", equations=["lap(p) = w^2", "dt(w) = lap(w) + p*w"], solve={"lap(p)": ("p", "-k2")}),
    "is not odd along y": dict(n=[17, 9], fields=real("w"), boundary="dirichlet", equations=["p - 2*lap(p) = w + w^3", "dt(w) = lap(w) + p*w^2 + p*w"], solve={"p - 2*lap(p)": ("p", "1+2*k2")}),
    "has the other parity along x (mean dx neumann)": dict(n=[17], fields=real("u"), boundary="neumann", equations=["dt(u) = lap(u) + u*mean(dx(u))"]),
    "the term 1 is not odd": dict(n=[17], fields=real("u"), boundary="dirichlet", equations=["dt(u) = lap(u) + 1"]),
    "has the other parity along x (fourier neumann kx)": dict(n=[17], fields=real("u"), boundary="neumann", equations=["dt(u) = lap(u) + fourier(i*kx, u)"]),
}
OBSERVED = [
    dict(n=[16, 18], fields=real("u", "v"), equations=["g = grad2(u)", "dt(u) = lap(u) - u^3", "dt(v) = lap(v)"],
         obs=["mean(u)", "integral(u^2)", "max(u)", "min(u*v)", "variance(u + v)", "correlation(u, v^2)", "correlation(1e5 + u, 1e5 + v^2)", "mean(g)", "sqrt(mean(u^2))", "mean(lap(u)^2)", "mean(lap(u))", "mean(dx(u)*dy(v))", "integral(u^4/4 + grad2(u)/2)", "mean(u)*mean(v)/2 + t", "max(max(u, v))", "mean(x*u)", "mean(where(u > 0, 1, 0))", "mean(fraclap(u, 0.5)*u)"]),
    dict(n=[16, 18], fields=real("u", "v"), boundary=["neumann", "periodic"], equations=["dt(u) = lap(u) - u^3", "dt(v) = lap(v)"],
         obs=["mean(u)", "integral(u^2)", "mean(lap(u)^2)", "mean(lap(u))", "mean(dx(u)*dx(v))", "mean(lap(u^2)*u)", "mean(dx(u)*u)", "variance(lap(u))"]),
    dict(n=[16, 18], fields=real("u", "v"), boundary=["dirichlet", "antiperiodic"], equations=["dt(u) = lap(u) - u^3", "dt(v) = lap(v)"],
         obs=["mean(u)", "integral(u^2)", "mean(lap(u)^2)", "mean(lap(u))", "mean(dx(u)*dx(v))", "mean(lap(u^3)*u)", "mean(dx(u)*u)", "mean(u)*2", "mean(x^2*u)"]),
    dict(n=[16, 18], fields=[("A", True, 2)], boundary=["dirichlet", "neumann"], equations=["dtt(A) = lap(A) - A"],
         obs=["mean(abs2(A))", "integral(abs2(dt(A)))", "mean(re(A*conj(dt(A))))", "mean(lap(im(A)))", "max(abs(A))", "mean(arg(A))"]),
    dict(n=[16, 18], fields=real("u", "v"), boundary=["dirichlet", "neumann"], space="lattice", difference=4, equations=["dt(u) = lap(u) - u^3", "dt(v) = lap(v)"],
         obs=["mean(u)", "integral(u^2)", "mean(lap(u)^2)", "mean(lap(u))", "mean(dx(u)*dx(v))", "mean(lap(u^2)*u)", "mean(dx(u^2))", "mean(grad2(u))", "mean(u[1,0]*v)", "variance(dy(u*v))"]),
    dict(n=[17], fields=real("u"), boundary="antiperiodic", space="lattice", difference=8, equations=["dt(u) = lap(u) - u^3"],
         obs=["mean(u)", "mean(dx(u^2)*u)", "mean(u[3]*u)", "max(lap(u))"]),
]
REFUSED_OBSERVABLES = [  # boundary, observable
    ("neumann", "mean(dx(u))"), ("neumann", "integral(grad2(u))"), ("neumann", "max(dx(u)*u)"), ("dirichlet", "mean(lap(u^2))"), ("dirichlet", "mean(lap(cos(u)))"),
    ("antiperiodic", "mean(lap(u^2))"), ("antiperiodic", "max(dx(abs(u)))"), ("dirichlet", "mean(fourier(i*kx, u))"), ("neumann", "sqrt(mean(dx(u)^2))"), ("neumann", "spectrum(dx(u))"), ("neumann", "correlation(u, dx(u))"), ("neumann", "histogram(dx(u))")]


def rates(directory):
    cases = list(RATES.items()) + [(mine[-1], dict(parts, fields=real("w"), equations=mine, told=told)) for parts, mine, told in PLACES]
    with open(os.path.join(directory, "list"), "w", encoding="utf-8") as listing:
        for i, (_, case) in enumerate(cases):
            write(directory, f"{i}.yaml", text(case))
            listing.write(f"{directory}/{i}.yaml {directory}/{i}.bin\n")
    tool = os.path.join(os.path.dirname(WEFT), "tests", "tool_equation_rhs")
    run = subprocess.run([tool, os.path.join(directory, "list")], capture_output=True, text=True)
    check(run.returncode == 0, f"the tool: {run.stderr}")
    for i, (name, case) in enumerate(cases):
        path = os.path.join(directory, f"{i}.bin")
        data = np.fromfile(path) if os.path.exists(path) else np.array([])
        check(data.size > 0, f"{name}: not evaluated")
        if not data.size:
            continue
        data = data.reshape([-1, *case["n"]])
        n = len(data) // 2
        expected = Evaluator({**case, "equations": case.get("told", case["equations"])}, data[:n]).rates()
        worst = max(np.abs(a - b).max() / max(1, np.abs(b).max()) for a, b in zip(data[n:], expected))
        check(worst < 1e-11, f"{name}: off by {worst:.3g}")


def observed(directory, number, case):
    named = {f"o{i}": o for i, o in enumerate(case["obs"])}
    case = dict(case, observables=named, more=f"""observe: {{every: 0.001, list: [{', '.join(named)}]}}
output: {{fields_every: 0.001, fields: [{', '.join(keys(case))}]}}""")
    path = write(directory, f"observed{number}.yaml", text(case))
    first = {}
    for ranks in (1, 2, 3, 4):
        out = os.path.join(directory, f"observed{number}_{ranks}")
        run = weft("run", path, "-q", "--out", out, ranks=ranks)
        check(run.returncode == 0, f"observables {number} on {ranks} ranks: {run.stderr}")
        if run.returncode:
            return
        with h5py.File(os.path.join(out, "series.nc")) as series, h5py.File(os.path.join(out, "fields.nc")) as fields:
            if ranks == 1:
                first = {name: series[name][...] for name in named}
                components = []
                for name, is_complex, order in case["fields"]:
                    for key in [name, name + "_t"][:order]:
                        components += [fields[key + part][0] for part in (("_re", "_im") if is_complex else ("",))]
                evaluator = Evaluator(case, components)
                for name, formula in named.items():
                    expected, got = evaluator.observable(formula), series[name][0]
                    check(abs(expected - got) < 1e-11 * max(1, abs(expected)), f"{formula} ({number}): {got}, expected {expected}")
            bound = 0 if case.get("space") == "lattice" else 1e-11
            for name, values in first.items():
                off = np.abs(values - series[name][...]).max() / max(1, np.abs(values).max())
                check(off <= bound, f"{named[name]} ({number}) on {ranks} ranks: off by {off:.3g}")


def refused(directory, case, words):
    run = weft("check", write(directory, "refused.yaml", text(case)))
    what = case.get("observables", {}).get("o", case["equations"])
    check(run.returncode == 2 and words in run.stderr, f"{what} should be refused with '{words}': {run.stderr}")
    check(run.stderr.rstrip().split("\n")[-1].strip().strip("^") == "", f"no mark below the place in {what}: {run.stderr}")


with scratch() as directory, np.errstate(all="ignore"):
    rates(directory)
    for number, case in enumerate(OBSERVED):
        observed(directory, number, case)
    for words, case in REFUSED.items():
        refused(directory, case, words.split(" (")[0])
    for boundary, formula in REFUSED_OBSERVABLES:
        refused(directory, dict(n=[16], fields=real("u"), boundary=boundary, equations=["dt(u) = lap(u) - u^3"],
                                observables={"o": formula}), "parity" if "dx(u" in formula or "grad2" in formula or "kx" in formula else "on which this acts")
end()
