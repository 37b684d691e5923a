import { Autocomplete } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useSession } from './session.tsx';

const SHOWN = 10;
const PAUSE_MS = 300;

interface Props {
  readonly label: string;
  readonly description?: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** A field for the name of a user, which offers the names that begin with what was typed. */
export function AccountInput({ label, description, value, onChange }: Props) {
  const { client, may } = useSession();
  const [prefix] = useDebouncedValue(value.trim(), PAUSE_MS);
  const { data } = useQuery({
    queryKey: ['names', prefix],
    enabled: prefix !== '' && !prefix.includes(':') && may('listUsers'),
    queryFn: async ({ signal }) =>
      (await client.administer.listUsers({ prefix, limit: SHOWN }, { signal })).result.users,
  });
  return (
    <Autocomplete
      label={label}
      description={description}
      value={value}
      onChange={onChange}
      data={data?.map(({ user }) => user) ?? []}
      // The service has found them already.
      filter={({ options }) => options}
      flex={1}
      miw={200}
      maw={420}
    />
  );
}
