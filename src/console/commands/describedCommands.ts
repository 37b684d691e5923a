import type { RJSFSchema } from '@rjsf/utils';
import { useQuery } from '@tanstack/react-query';
import { useSession } from '../session.tsx';

/** A command, as `rpc.discover` describes it. */
export interface DescribedCommand {
  readonly name: string;
  readonly summary: string;
  readonly effect: 'read' | 'write';
  /** Whether the command is about a user, may or must act as one, or takes none. */
  readonly user: 'target' | 'subject' | 'optionalSubject' | 'ignored';
  readonly params: RJSFSchema;
  readonly examples?: readonly Example[];
}

export interface Example {
  readonly title?: string;
  readonly value: { readonly user?: string; readonly params?: Record<string, unknown> };
}

interface Discovery {
  readonly 'x-commands'?: readonly DescribedCommand[];
  readonly components: { readonly schemas: Readonly<Record<string, RJSFSchema>> };
}

/** The commands that the caller may run, with the schemas of their parameters. */
export function useDescribedCommands() {
  const { client, may } = useSession();
  return useQuery({
    queryKey: ['discovery'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      const { result } = await client.call('rpc.discover', [], { signal });
      const { 'x-commands': commands = [], components } = result as Discovery;
      return commands
        .filter(({ name }) => may(name))
        .map((c) => ({ ...c, params: withDefinitions(c.params, components) }));
    },
  });
}

/** Descriptions are shown as they are, without Markdown: what stands in backticks in them gets quotation marks. */
function withQuotes(schema: RJSFSchema): RJSFSchema {
  const quoted = (key: string, value: unknown) =>
    key === 'description' && typeof value === 'string' ? value.replace(/`([^`]+)`/g, '“$1”') : value;
  return JSON.parse(JSON.stringify(schema, quoted)) as RJSFSchema;
}

/** The schema together with the schemas that it refers to, and no others. */
function withDefinitions(schema: RJSFSchema, { schemas }: Discovery['components']): RJSFSchema {
  const needed: Record<string, RJSFSchema> = {};
  const visit = (text: string): void => {
    for (const [, name = ''] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
      const found = schemas[name];
      if (found === undefined || name in needed) continue;
      // Titles name types, and the form labels fields with them; names of fields say more.
      needed[name] = { ...found, title: undefined };
      visit(JSON.stringify(found));
    }
  };
  visit(JSON.stringify(schema));
  return withQuotes({ ...schema, components: { schemas: needed } });
}
