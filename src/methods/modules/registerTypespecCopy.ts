import { assertMayCopy, registerCopy } from '../../modules/copy.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const registerTypespecCopy = method({
  name: 'Workspace.register_typespec_copy',
  summary: 'Register the specification that a module of the caller has at another workspace service.',
  effect: 'write',
  auth: 'required',
  returnsValue: true,
  delegated: true,
  params: methods.register_typespec_copy.params,
  className: 'RegisterTypespecCopyParams',
  result: methods.register_typespec_copy.result,
  prepare: async ({ database, caller, moduleElsewhere }, { external_workspace_url: url = '', mod = '', version }) => {
    await assertMayCopy(database, caller, mod);
    return { mod, ...(await moduleElsewhere(url, mod, version)) };
  },
  run: ({ tx, caller }, copy) => registerCopy(tx, caller, copy),
});
