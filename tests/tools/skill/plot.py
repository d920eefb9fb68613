"""Curves of detection as SVG: shares found by area, the fitted curve, and published sizes as marks."""
import math

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 62, 150, 34, 52
# told apart by the colour-blind, and by the form of their marks
INKS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#000000", "#e69f00"]


def escape(text):
    return str(text).replace("&", "&amp;").replace("<", "&lt;")


def curves(path, title, series, marks=()):
    """series: (name, intercept, slope, [[m2, found, fires], ...]); marks: (name, m2 at one half) of others."""
    areas = [point[0] for _, _, _, points in series for point in points]
    if not areas:
        return False
    low, high = math.log10(min(areas)) - 0.1, math.log10(max(areas)) + 0.1
    x = lambda m2: LEFT + (math.log10(m2) - low) / (high - low) * (WIDTH - LEFT - RIGHT)
    y = lambda share: HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="20" font-size="15">{escape(title)}</text>',
    ]
    for share in [0, 0.25, 0.5, 0.75, 1]:
        dash = "" if share in (0, 0.5, 1) else ' stroke-dasharray="2 4"'
        out.append(f'<path d="M{LEFT} {y(share):.1f}H{WIDTH - RIGHT}" stroke="#bbbbbb"{dash}/>')
        out.append(f'<text x="{LEFT - 8}" y="{y(share) + 4:.1f}" text-anchor="end">{share:g}</text>')
    for decade in range(math.floor(low), math.ceil(high) + 1):
        for digit in range(1, 10):
            m2 = digit * 10.0**decade
            if low <= math.log10(m2) <= high:
                tall = 6 if digit == 1 else 3
                out.append(f'<path d="M{x(m2):.1f} {y(0):.1f}v{tall}" stroke="#333333"/>')
                if digit in (1, 2, 5):
                    out.append(f'<text x="{x(m2):.1f}" y="{y(0) + 20:.1f}" text-anchor="middle">{m2:g}</text>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">burning area, m²</text>')
    out.append(f'<text transform="translate(16 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">share found</text>')
    for number, (name, a, b, points) in enumerate(series):
        ink = INKS[number % len(INKS)]
        steps = [low + (high - low) * i / 120 for i in range(121)]
        share = lambda s: 1 / (1 + math.exp(-max(-30, min(30, a + b * s * math.log(10)))))
        path_of = "L".join(f"{x(10**s):.1f} {y(share(s)):.1f}" for s in steps)
        out.append(f'<path d="M{path_of}" fill="none" stroke="{ink}" stroke-width="1.8"/>')
        for m2, found, fires in points:
            out.append(f'<circle cx="{x(m2):.1f}" cy="{y(found / fires):.1f}" r="3.2" fill="{ink}"/>')
        top = TOP + 14 + 20 * number
        out.append(f'<path d="M{WIDTH - RIGHT + 12} {top - 4}h20" stroke="{ink}" stroke-width="2"/>')
        out.append(f'<text x="{WIDTH - RIGHT + 38}" y="{top}">{escape(name)}</text>')
    for name, m2 in marks:
        number = next((i for i, line in enumerate(series) if line[0] == name), None)
        if number is not None and low <= math.log10(m2) <= high:
            ink = INKS[number % len(INKS)]
            out.append(f'<path d="M{x(m2):.1f} {y(0.5) - 7:.1f}l7 7l-7 7l-7 -7z" fill="#ffffff" stroke="{ink}" stroke-width="2"/>')
    if marks:
        out.append(f'<text x="{WIDTH - RIGHT + 12}" y="{TOP + 22 + 20 * len(series)}" font-size="12">◇ published, 50 %</text>')
    out.append("</svg>")
    path.write_text("\n".join(out) + "\n")
    return True
