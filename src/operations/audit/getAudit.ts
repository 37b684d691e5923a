import { assertNotPruned } from '../../audit/log/removal.ts';
import type { AuditRecord } from '../../audit/record.ts';
import { asJson } from '../../base/json/asJson.ts';
import { type AuditEntry, commands } from '../../base/schemas/generated.ts';
import { shownNames } from '../../domain/ownership/shownNames.ts';
import { RECORDED } from '../../identity/nameRules.ts';
import { one, resolveToShow } from '../../identity/resolver.ts';
import { operation } from '../operation.ts';

export const getAudit = operation({
  summary:
    'Search the audit by actor, user acted for, subject, command, effect, outcome, resource and time, page by page.',
  effect: 'read',
  needs: ['trail', 'declaredCommands', 'people'],
  command: {
    name: 'getAudit',
    ...commands.getAudit,
    examples: [
      { title: 'The last refusals', params: { outcome: 'denied', newestFirst: true, limit: 10 } },
      {
        title: 'What one administrator changed this year',
        params: { actor: 'lolcats', effect: 'write', from: '2026-01-01T00:00:00Z' },
      },
    ],
    run: async (
      { reader, trail, declaredCommands, people },
      { actor, onBehalfOf, subject, effect, from, to, cursor, withNames = false, ...rest },
    ) => {
      const idOf = async (name: string) => (await one(resolveToShow(reader, [name], RECORDED))).id;
      const reads = declaredCommands.filter((command) => command.effect === 'read').map(({ name }) => name);
      const query = {
        ...rest,
        ...(effect === undefined ? {} : { commands: { names: reads, isIncluded: effect === 'read' } }),
        ...(actor === undefined ? {} : { actor: await idOf(actor) }),
        ...(onBehalfOf === undefined ? {} : { onBehalfOf: await idOf(onBehalfOf) }),
        ...(subject === undefined ? {} : { subject: await idOf(subject) }),
        ...(from === undefined ? {} : { from: new Date(from) }),
        ...(to === undefined ? {} : { to: new Date(to) }),
      };
      const { records, ...cursors } = await trail.page(query, cursor);
      if (rest.record !== undefined && records.length === 0) await assertNotPruned(reader, rest.record);
      const changes = withNames ? records.flatMap((record) => record.changes) : [];
      return { records: records.map(entryOf), ...(await shownNames(reader, people, changes)), ...cursors };
    },
  },
});

const entryOf = ({ id, salt: _, ...record }: AuditRecord) => asJson({ record: id, ...record }) as AuditEntry;
