// Draws what a call costs against the number of workspaces.

const [WIDTH, HEIGHT] = [880, 520];
const [LEFT, RIGHT, TOP, BOTTOM] = [60, 230, 40, 50];
const COLOURS = [
  '#1b6ca8',
  '#c8553d',
  '#3a7d44',
  '#8e5ea2',
  '#b8860b',
  '#4a4a4a',
  '#0f8b8d',
  '#a23b72',
  '#5b5ea6',
  '#7f7f00',
];
/** The least distance of two labels. */
const LINE = 14;

/**
 * An SVG picture of the cost of each row, in requests of its floor, at each number of workspaces. Both axes are
 * logarithmic: a flat line costs the same at each size.
 *
 * @param {readonly { readonly workspaces: number, readonly rows: readonly { name: string, ratio?: number }[] }[]} reports
 */
export function plotOf(reports) {
  const sizes = reports.map(({ workspaces }) => workspaces);
  const lines = reports[0].rows
    .filter(({ ratio }) => ratio > 0)
    .map(({ name }) => ({ name, costs: reports.map(({ rows }) => 1 / rows.find((row) => row.name === name).ratio) }));
  const all = lines.flatMap(({ costs }) => costs);
  const x = scale([Math.min(...sizes), Math.max(...sizes)], [LEFT, WIDTH - RIGHT]);
  const y = scale([powerBelow(Math.min(...all)), powerAbove(Math.max(...all))], [HEIGHT - BOTTOM, TOP]);
  const grid = [];
  for (const size of sizes) {
    grid.push(line([x(size), TOP], [x(size), HEIGHT - BOTTOM]));
    grid.push(text([x(size), HEIGHT - BOTTOM + 20], size.toLocaleString('en'), 'middle'));
  }
  for (let cost = powerBelow(Math.min(...all)); cost <= powerAbove(Math.max(...all)); cost *= 10) {
    grid.push(line([LEFT, y(cost)], [WIDTH - RIGHT, y(cost)]));
    grid.push(text([LEFT - 8, y(cost) + 4], String(cost), 'end'));
  }
  const labelled = spread(lines.map((each) => ({ ...each, at: y(each.costs.at(-1)) })));
  const drawn = labelled.map(({ name, costs, at }, i) => {
    const colour = COLOURS[i % COLOURS.length];
    const points = costs.map((cost, k) => `${x(sizes[k]).toFixed(1)},${y(cost).toFixed(1)}`).join(' ');
    const label = text([WIDTH - RIGHT + 10, Math.round(at) + 4], name, 'start', colour);
    return `<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="2"/>${label}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<title>Cost of a call against the number of workspaces</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>
${text([LEFT, 22], 'Cost of a call, in requests of a bare server that does one findOne or one insert', 'start')}
${text([(LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12], 'workspaces', 'middle')}
${[...grid, ...drawn].join('\n')}
</svg>
`;
}

function scale([from, to], [start, end]) {
  const width = Math.log(to) - Math.log(from) || 1;
  return (value) => start + ((Math.log(value) - Math.log(from)) / width) * (end - start);
}

const powerBelow = (value) => 10 ** Math.floor(Math.log10(value));
const powerAbove = (value) => 10 ** Math.ceil(Math.log10(value));

/** Moves labels down that would lie upon one another. */
function spread(labels) {
  let last = Number.NEGATIVE_INFINITY;
  return labels
    .toSorted((a, b) => a.at - b.at)
    .map((label) => {
      last = Math.max(label.at, last + LINE);
      return { ...label, at: last };
    });
}

const line = ([x1, y1], [x2, y2]) => `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#dddddd"/>`;

const text = ([x, y], words, anchor, colour = '#333333') =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="${colour}">${words}</text>`;
