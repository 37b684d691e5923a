import { principals } from '../../../identity/principal.ts';
import { ROSTER_ID, rosters } from '../../../identity/roster.ts';
import { counters } from '../../../store/counters.ts';
import { dynamicConfig } from '../../dynamicConfig.ts';
import { checkedDocuments, number, text } from '../step.ts';
import type { Comparison } from './comparison.ts';

/** Compares the small collections: administrators, settings and the counter of workspaces. */
export async function compareSettings(comparison: Comparison): Promise<void> {
  await compareAdministrators(comparison);
  await compareDynamicConfig(comparison);
  await compareCounter(comparison);
}

/** Former users cannot be administrators, and those of the configuration are in none of KBase's collections. */
async function compareAdministrators(comparison: Comparison): Promise<void> {
  const { sources, database, users } = comparison;
  const rows = await checkedDocuments(sources, 'admins');
  const names = rows.map((row) => text(row, 'user')).filter((name) => !sources.excluded.users.has(name));
  const idOf = await users.idsOf(names);
  const roster = await database.get(rosters, ROSTER_ID);
  const ids = { _id: { $in: names.map(idOf) } };
  const living = new Set(
    (await database.parts(principals, { ...ids, living: true }, { fields: [] })).map(({ _id }) => _id),
  );
  const wanted = names.filter((name) => living.has(idOf(name)));
  const admins = (roster?.admins ?? []).map(({ principal }) => principal);
  const configured = (roster?.bindings ?? []).map(({ principal }) => principal);
  for (const name of wanted) {
    if (![...admins, ...configured].includes(idOf(name))) {
      comparison.differs('administrators', name, 'they are none here, but in KBase');
    }
  }
  const nameOf = await users.namesOf(admins);
  for (const id of admins) {
    if (!wanted.some((name) => idOf(name) === id)) {
      comparison.differs('administrators', nameOf(id), 'they are one here, but not in KBase');
    }
  }
  comparison.count('administrators', { inKbase: rows.length, here: admins.length });
}

async function compareDynamicConfig(comparison: Comparison): Promise<void> {
  const rows = await checkedDocuments(comparison.sources, 'dyncfg');
  const here: Readonly<Record<string, unknown>> = { ...(await dynamicConfig(comparison.database)) };
  for (const row of rows) {
    const value = here[text(row, 'key')];
    if (value !== number(row, 'value'))
      comparison.differs('settings', text(row, 'key'), `${value}, and ${row.value} in KBase`);
  }
  comparison.count('settings', { inKbase: rows.length, here: rows.length });
}

async function compareCounter(comparison: Comparison): Promise<void> {
  const rows = await checkedDocuments(comparison.sources, 'workspaceCounter');
  const last = Math.max(0, ...rows.map((row) => number(row, 'num')));
  const here = (await comparison.database.get(counters, 'workspace'))?.last ?? 0;
  if (here !== last) comparison.differs('the workspace counter', 'num', `${here}, and ${last} in KBase`);
  comparison.count('the workspace counter', { inKbase: rows.length, here: here === 0 ? 0 : 1 });
}
