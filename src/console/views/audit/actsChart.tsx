import { BarChart } from '@mantine/charts';
import { Loader, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { AuditEntry } from '../../../base/schemas/generated.ts';
import type { StewardClient } from '../../../client/client.ts';
import { Problem } from '../../problem.tsx';
import { useSession } from '../../session.tsx';

const DAYS = 14;
const DAY_MS = 24 * 3_600_000;
const PAGE = 1_000;
const MAX_PAGES = 5;
/** The colours that differ most in light and dark; further administrators count together. */
const COLORS = ['indigo.6', 'teal.6', 'orange.6', 'grape.6', 'cyan.6', 'red.6'];
const OTHERS = 'others';
const DAY = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });

/** What administrators changed in the last two weeks: a bar for each day, with a part for each of them. */
export function ActsChart() {
  const { client } = useSession();
  const { data, error } = useQuery({
    queryKey: ['acts'],
    queryFn: ({ signal }) => recentActs(client, signal),
  });
  if (error !== null) return <Problem error={error} />;
  if (data === undefined) return <Loader aria-label="Loading the acts" />;
  const names = namesOf(data.records);
  const counted = actsByDay(data.records, names);
  const isCut = data.isMore ? ` Only the newest ${(PAGE * MAX_PAGES).toLocaleString()} are counted.` : '';
  if (names.length === 0) return <Text size="sm">No administrator has changed anything in the last {DAYS} days.</Text>;
  return (
    <div role="img" aria-label={descriptionOf(counted, names)}>
      <BarChart
        h={220}
        data={counted}
        dataKey="day"
        type="stacked"
        withLegend
        series={names.map((name, n) => ({ name, color: COLORS[n] ?? 'gray.6' }))}
        barProps={{ isAnimationActive: false }}
        // It is described in words as a whole.
        barChartProps={{ accessibilityLayer: false }}
      />
      <Text size="xs" mt="xs" c="var(--quiet-text)">
        Successful commands that changed something, by day in your time zone.{isCut}
      </Text>
    </div>
  );
}

async function recentActs(client: StewardClient, signal: AbortSignal) {
  const from = new Date(Date.now() - (DAYS - 1) * DAY_MS);
  from.setHours(0, 0, 0, 0);
  const search = { from: from.toISOString(), outcome: 'success', newestFirst: true, limit: PAGE } as const;
  const records: Pick<AuditEntry, 'at' | 'actor'>[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { result } = await client.administer.getAudit({ ...search, ...(cursor ? { cursor } : {}) }, { signal });
    const acts = result.records.filter(
      ({ via, changes, changeParts }) => via === 'command' && (changes.length > 0 || changeParts !== undefined),
    );
    records.push(...acts.map(({ at, actor }) => ({ at, actor })));
    cursor = result.next;
    if (cursor === undefined) break;
  }
  return { records, isMore: cursor !== undefined };
}

type Act = Pick<AuditEntry, 'at' | 'actor'>;

/** Those with the most acts first; the last stands for all others, if there are more than colours. */
function namesOf(acts: readonly Act[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { actor } of acts) counts.set(actor.name, (counts.get(actor.name) ?? 0) + 1);
  const names = [...counts].sort(([, a], [, b]) => b - a).map(([name]) => name);
  return names.length <= COLORS.length ? names : [...names.slice(0, COLORS.length - 1), OTHERS];
}

type Day = Record<string, string | number>;

function actsByDay(acts: readonly Act[], names: readonly string[]): Day[] {
  const days = Array.from({ length: DAYS }, (_, n): Day => {
    const day = DAY.format(new Date(Date.now() - (DAYS - 1 - n) * DAY_MS));
    return { day, ...Object.fromEntries(names.map((name) => [name, 0])) };
  });
  for (const { at, actor } of acts) {
    const day = days.find((found) => found.day === DAY.format(new Date(at)));
    const name = names.includes(actor.name) ? actor.name : OTHERS;
    if (day !== undefined) day[name] = Number(day[name] ?? 0) + 1;
  }
  return days;
}

/** The chart in words. */
function descriptionOf(days: readonly Day[], names: readonly string[]): string {
  const totals = names.map((name) => `${name} ${days.reduce((sum, day) => sum + Number(day[name] ?? 0), 0)}`);
  return `Acts in the last ${DAYS} days: ${totals.join(', ')}`;
}
