import { describe, expect, it } from 'vitest';
import { commands } from '../../../src/base/schemas/generated.ts';
import { schemaOf } from '../../../src/base/schemas/validator.ts';
import { type ResourceType, resourceTypes, rulesOf } from '../../../src/domain/resources/types.ts';

const types = Object.keys(resourceTypes) as ResourceType[];

describe('the table of types', () => {
  it('is what callers may name', () => {
    const { type } = schemaOf(commands.createResource.params).properties as { type: { enum: string[] } };
    expect(type.enum).toEqual(types);
  });

  it.each(types)('has consistent rules for %s', (type) => {
    const { contains, cascade, accessFrom, parents, parentRequired, owners } = rulesOf(type);
    expect(types).toEqual(expect.arrayContaining([...contains]));
    expect(contains).toEqual(expect.arrayContaining([...cascade]));
    // A type without rights of its own has no owners, one parent that has the rights, and no visibility.
    if (accessFrom === 'parent') {
      expect([parents, parentRequired, owners.max]).toEqual(['one', true, 0]);
      expect(types.filter((t) => rulesOf(t).cascade.includes(type))).toEqual([]);
    }
    // Access is looked up from parent to parent, which must end.
    const below = contains.filter((t) => rulesOf(t as ResourceType).accessFrom === 'parent');
    expect(below).not.toContain(type);
  });

  it.each(types.filter((type) => type !== 'workspace'))('lets %s be the child of its own system alone', (type) => {
    const holders = types.filter((t) => rulesOf(t).contains.includes(type));
    expect(new Set([...holders, type].map((t) => rulesOf(t).system)).size).toBe(1);
  });
});
