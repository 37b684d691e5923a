import { jsonText } from '../../base/json/jsonText.ts';
import { methods } from '../../base/schemas/generated.ts';
import { dataOf } from '../../domain/objects/data.ts';
import { objectIdentifiersOf } from '../../domain/objects/identify.ts';
import { wantedAlone } from '../../domain/objects/specification.ts';
import { operation } from '../operation.ts';

export const getObjectsDeprecated = operation({
  summary: 'Show objects with their data.',
  effect: 'read',
  className: 'ObjectIdentities',
  needs: ['people', 'files'],
  method: {
    name: 'Workspace.get_objects',
    auth: 'optional',
    returnsValue: true,
    params: methods.get_objects.params,
    result: methods.get_objects.result,
    deprecated: 'get_objects2',
    run: async ({ reader, people, files, authority }, params) => {
      const wanted = objectIdentifiersOf(params).map(wantedAlone);
      return jsonText(
        await dataOf({ reader, people, files, readership: { who: authority } }, wanted, { withData: true }),
      );
    },
  },
});
