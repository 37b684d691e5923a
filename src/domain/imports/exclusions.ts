/** What an import leaves out, each time with all that belongs to it. */
export class Exclusions {
  /** Workspaces by number. */
  readonly workspaces = new Set<number>();
  /** Objects, as `ws/id`. */
  readonly objects = new Set<string>();
  readonly modules = new Set<string>();
  /** Names that no user can have here: their permissions and ownership of modules are left out. */
  readonly users = new Set<string>();

  hasObject(ws: unknown, id: unknown): boolean {
    return this.workspaces.has(Number(ws)) || this.objects.has(`${ws}/${id}`);
  }
}
