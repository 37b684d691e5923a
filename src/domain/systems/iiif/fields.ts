import type { IiifType } from './kinds.ts';

/**
 * The types of fields of IIIF objects in the University of Toronto's API. A value of another type is refused in that
 * API's words. Other fields are stored as they are sent.
 */

/** `any` stands for any JSON value. */
type FieldType = 'text' | 'integer' | 'flag' | 'list' | 'url' | 'any';

const everyType: Readonly<Record<string, FieldType>> = {
  ...{ label: 'any', description: 'any', attribution: 'any', logo: 'any', thumbnail: 'any' },
  ...{ seeAlso: 'any', service: 'any', related: 'any', rendering: 'any', within: 'any' },
  ...{ metadata: 'list', license: 'text', viewingHint: 'text', hidden: 'flag' },
};

const fieldsOfType: Readonly<Record<IiifType, Readonly<Record<string, FieldType>>>> = {
  collection: {
    ...{ navDate: 'text', first: 'text', last: 'text', next: 'text', prev: 'text' },
    ...{ total: 'integer', startIndex: 'integer' },
  },
  manifest: { viewingDirection: 'text', navDate: 'text' },
  sequence: { viewingDirection: 'text', startCanvas: 'url' },
  canvas: { height: 'integer', width: 'integer' },
  annotation: { motivation: 'any', on: 'any', resource: 'any', stylesheet: 'any', selector: 'any' },
  list: { next: 'text', prev: 'text', startIndex: 'integer' },
  range: { viewingDirection: 'text', startCanvas: 'url', contentLayer: 'url' },
  layer: { viewingDirection: 'text', first: 'text', last: 'text', total: 'integer' },
};

type Fields = Readonly<Record<string, unknown>>;

/** The errors of each field. */
export type FieldErrors = Readonly<Record<string, readonly string[]>>;

/** Checked fields, in the form in which they are stored. */
export interface Checked {
  readonly fields: Fields;
  readonly wrong: FieldErrors;
}

function typeOf(type: IiifType, field: string): FieldType | undefined {
  const own = fieldsOfType[type];
  if (Object.hasOwn(own, field)) return own[field];
  return Object.hasOwn(everyType, field) ? everyType[field] : undefined;
}

/** Whether objects of this type can be searched by this field, because it may hold text. */
export const isSearchable = (type: IiifType, field: string): boolean =>
  ['text', 'url', 'any'].includes(typeOf(type, field) ?? '');

/** Checks the types of these fields. `null` is allowed for each. */
export function checkFields(type: IiifType, sent: Fields): Checked {
  const fields: Record<string, unknown> = { ...sent };
  const wrong: Record<string, readonly string[]> = {};
  for (const [field, value] of Object.entries(sent)) {
    const fieldType = typeOf(type, field);
    if (fieldType === undefined || value === null) continue;
    const { kept, message } = checked(fieldType, value);
    if (message === undefined) fields[field] = kept;
    else wrong[field] = [message];
  }
  return { fields, wrong };
}

type Outcome =
  | { readonly kept: unknown; readonly message?: never }
  | { readonly kept?: never; readonly message: string };

/** Numbers are accepted as text, and the text of an integer as a number. */
function checked(type: FieldType, value: unknown): Outcome {
  switch (type) {
    case 'any':
      return { kept: value };
    case 'text':
      return isPlain(value) ? { kept: String(value) } : { message: 'Not a valid string.' };
    case 'url':
      if (!isPlain(value)) return { message: 'Not a valid string.' };
      return /^(?:https?|ftps?):\/\/[^/\s]+/i.test(String(value)) && URL.canParse(String(value))
        ? { kept: value }
        : { message: 'Enter a valid URL.' };
    case 'integer': {
      const text = isPlain(value) ? String(value).trim().replace(/\.0+$/, '') : '';
      const number = /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
      return number === undefined ? { message: 'A valid integer is required.' } : { kept: number };
    }
    case 'flag':
      if (YES.includes(value)) return { kept: true };
      return NO.includes(value) ? { kept: false } : { message: `"${textOf(value)}" is not a valid boolean.` };
    case 'list':
      return Array.isArray(value)
        ? { kept: value }
        : { message: `Expected a list of items but got type "${pythonType(value)}".` };
  }
}

const YES: readonly unknown[] = [true, 'true', 'True', 'TRUE', 't', '1', 1];
const NO: readonly unknown[] = [false, 'false', 'False', 'FALSE', 'f', '0', 0, ''];

const isPlain = (value: unknown): value is string | number => typeof value === 'string' || typeof value === 'number';

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value.slice(0, 100) : JSON.stringify(value).slice(0, 100);

function pythonType(value: unknown): string {
  if (typeof value === 'string') return 'str';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return 'dict';
}
