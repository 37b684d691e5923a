import { describe, expect, it } from 'vitest';
import { refuse, type StewardError } from '../../../src/base/errors.ts';
import { DelegatedTypes } from '../../../src/domain/modules/delegatedTypes.ts';
import { jsonSchemaOf } from '../../../src/domain/modules/kidl/jsonSchema.ts';
import { parsed } from './spec.ts';

const schemaOf = (definitions: string) => jsonSchemaOf(parsed(definitions).typedefs.get('T') ?? expect.fail());
const SCHEMA = schemaOf('typedef structure { int a; } T;');

/** Another service in which `Mod.T` is at `newest`, and a clock. */
function fixture() {
  const asked: string[] = [];
  const state = { newest: '1.0', schema: SCHEMA, isAway: false, at: 1_700_000_000_000 };
  const service = {
    url: 'http://types.example/',
    type: async (typestring: string) => {
      asked.push(typestring);
      if (state.isAway) throw refuse('type_service_unreachable', service.url, 'the connection was refused');
      const version = /-(\d+\.\d+)$/.exec(typestring)?.[1] ?? state.newest;
      return { typestring: `Mod.T-${version}`, schema: state.schema };
    },
  };
  const types = new DelegatedTypes(service, () => new Date(state.at));
  const reason = (text: string) =>
    types.forSaving(text).then(
      () => 'none',
      (error: StewardError) => error.reason,
    );
  return { asked, state, service, types, reason };
}

describe('the types of another service', () => {
  it('are fetched once for each version, and cached as compiled', async () => {
    const { asked, types } = fixture();
    const first = await types.forSaving('Mod.T-1.0');
    expect(first).toMatchObject({ typestring: 'Mod.T-1.0', data: { kind: 'structure' } });
    expect(await types.forSaving('Mod.T-1.0')).toBe(first);
    expect(await types.forSaving('Mod.T')).toBe(first);
    expect(await types.forSaving('Mod.T-1.1')).not.toBe(first);
    expect(asked).toEqual(['Mod.T-1.0', 'Mod.T', 'Mod.T-1.1']);
  });

  it('are requested once by all calls that need them at the same time', async () => {
    const { asked, types } = fixture();
    const found = await Promise.all(Array.from({ length: 20 }, () => types.forSaving('Mod.T')));
    expect(new Set(found).size).toBe(1);
    expect(asked).toEqual(['Mod.T']);
  });

  it('are the newest ones after ten seconds at most', async () => {
    const { asked, state, types } = fixture();
    const newest = async () => (await types.forSaving('Mod.T')).typestring;
    expect(await newest()).toBe('Mod.T-1.0');
    state.newest = '2.0';
    state.at += 9_999;
    expect(await newest()).toBe('Mod.T-1.0');
    state.at += 1;
    expect(await newest()).toBe('Mod.T-2.0');
    expect(asked).toEqual(['Mod.T', 'Mod.T']);
  });

  it('that are known are used while the service is down: exact versions always, the newest for five minutes', async () => {
    const { state, types, reason } = fixture();
    await types.forSaving('Mod.T');
    state.isAway = true;
    state.at += 299_999;
    expect((await types.forSaving('Mod.T')).typestring).toBe('Mod.T-1.0');
    state.at += 1;
    expect(await reason('Mod.T')).toBe('type_service_unreachable');
    expect((await types.forSaving('Mod.T-1.0')).typestring).toBe('Mod.T-1.0');
    expect(await reason('Mod.T-1')).toBe('type_service_unreachable');
    state.isAway = false;
    expect(await reason('Mod.T')).toBe('none');
  });

  it('are refused if they are not the requested ones', async () => {
    const { state, service, types, reason } = fixture();
    const answers = async (typestring: string) => ({ typestring, schema: state.schema });
    for (const other of ['Mod.U-1.0', 'Other.T-1.0', 'Mod.T', 'Mod.T-2', 'Mod.T-2.0', 'Mod.T-1.00', '', '-']) {
      service.type = () => answers(other);
      expect([other, await reason('Mod.T-1.0')]).toEqual([other, 'type_service_unreachable']);
    }
    service.type = () => answers('Mod.T-1.0');
    state.schema = '<html>';
    await expect(types.forSaving('Mod.T')).rejects.toThrow(
      'Could not contact the type service at http://types.example/: its schema of Mod.T-1.0: it is not JSON',
    );
    state.schema = schemaOf('typedef list<int> T;');
    expect(await reason('Mod.T')).toBe('type_not_storable');
    expect(await reason('Mod')).toBe('typestring_invalid');
    state.schema = SCHEMA;
    expect(await reason('Mod.T')).toBe('none');
  });
});
