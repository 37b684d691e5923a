import { assertNotPruned } from '../../audit/log/removal.ts';
import type { AuditRecord } from '../../audit/record.ts';
import { asJson } from '../../base/json/asJson.ts';
import { type AuditEntry, commands } from '../../base/schemas/generated.ts';
import { RECORDED } from '../../identity/nameRules.ts';
import { one, resolveToShow } from '../../identity/resolver.ts';
import { operation } from '../operation.ts';

export const getAudit = operation({
  summary: 'Search the audit by actor, user acted for, subject, command, outcome, resource and time, a page at a time.',
  effect: 'read',
  needs: ['trail'],
  command: {
    name: 'getAudit',
    ...commands.getAudit,
    examples: [
      { title: 'The last refusals', params: { outcome: 'denied', newestFirst: true, limit: 10 } },
      { title: 'What one administrator did this year', params: { actor: 'lolcats', from: '2026-01-01T00:00:00Z' } },
    ],
    run: async ({ reader, trail }, { actor, onBehalfOf, subject, from, to, cursor, ...rest }) => {
      const idOf = async (name: string) => (await one(resolveToShow(reader, [name], RECORDED))).id;
      const query = {
        ...rest,
        ...(actor === undefined ? {} : { actor: await idOf(actor) }),
        ...(onBehalfOf === undefined ? {} : { onBehalfOf: await idOf(onBehalfOf) }),
        ...(subject === undefined ? {} : { subject: await idOf(subject) }),
        ...(from === undefined ? {} : { from: new Date(from) }),
        ...(to === undefined ? {} : { to: new Date(to) }),
      };
      const { records, ...cursors } = await trail.page(query, cursor);
      if (rest.record !== undefined && records.length === 0) await assertNotPruned(reader, rest.record);
      return { records: records.map(entryOf), ...cursors };
    },
  },
});

const entryOf = ({ id, salt: _, ...record }: AuditRecord) => asJson({ record: id, ...record }) as AuditEntry;
