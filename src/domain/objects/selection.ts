/**
 * Paths into data, such as `/features/[*]/id`, as one tree. `*` stands for every key, `[*]` for every item, `~1` for
 * `/` and `~0` for `~`.
 */
export interface SelectionNode {
  /** Whether everything below is selected. */
  whole: boolean;
  readonly children: Map<string, SelectionNode>;
}

export const EVERY_KEY = '*';
export const EVERY_ITEM = '[*]';

export function selectionTree(paths: readonly string[]): SelectionNode {
  const root = emptyNode();
  for (const path of paths) {
    let node = root;
    for (const step of stepsOf(path)) {
      const next = node.children.get(step) ?? emptyNode();
      node.children.set(step, next);
      node = next;
    }
    node.whole = true;
  }
  return root;
}

/**
 * What is selected of the value under a key or at a position, by its own step and by `every`; undefined for nothing.
 */
export function below(node: SelectionNode, step: string, every: string): SelectionNode | undefined {
  const own = node.children.get(step);
  const general = step === every ? undefined : node.children.get(every);
  return own === undefined || general === undefined ? (own ?? general) : merged(own, general);
}

function merged(a: SelectionNode, b: SelectionNode): SelectionNode {
  const children = new Map(a.children);
  for (const [step, node] of b.children) {
    const other = children.get(step);
    children.set(step, other === undefined ? node : merged(other, node));
  }
  return { whole: a.whole || b.whole, children };
}

function stepsOf(path: string): string[] {
  const steps = path.trim().replace(/^\//, '').replace(/\/$/, '');
  return steps === '' ? [] : steps.split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

const emptyNode = (): SelectionNode => ({ whole: false, children: new Map() });
