import type { OpenRpcDocument } from '../../base/schemas/generated.ts';
import type { DeclaredCommand, DeclaredMethod } from '../declared.ts';
import { administerOf, discoveredCommand } from './administer.ts';
import { Components } from './components.ts';
import { errorComponents, errorReferences } from './errors.ts';

export interface Callable {
  readonly methods: readonly DeclaredMethod[];
  readonly commands: readonly DeclaredCommand[];
}

/** The self-contained OpenRPC document of these methods and commands. */
export function openRpc({ methods, commands }: Callable, version: string): OpenRpcDocument {
  const components = new Components();
  return {
    openrpc: '1.3.2',
    info: {
      title: 'Steward',
      version,
      description: 'What the caller of rpc.discover may call here. An error names its reason in data.reason.',
    },
    methods: [
      ...methods.map((method) => methodOf(method, components)),
      ...(commands.length === 0 ? [] : [administerOf(commands, components)]),
    ],
    'x-commands': commands.map((command) => discoveredCommand(command, components)),
    components: { schemas: components.schemas, errors: errorComponents },
  };
}

function methodOf(method: DeclaredMethod, components: Components) {
  const { name, summary, effect, auth, params, result, deprecated } = method;
  return {
    name,
    summary,
    ...(deprecated === undefined ? {} : { deprecated: true, description: `Kept for old clients: use ${deprecated}.` }),
    paramStructure: 'by-position',
    params: params === undefined ? [] : [{ name: 'params', required: true, schema: components.reference(params) }],
    result: { name: 'result', schema: components.reference(result) },
    errors: errorReferences,
    'x-auth': auth,
    'x-effect': effect,
  };
}
