import { configSchema, KEYS, variableOf } from '../../base/config/keys.ts';
import { code, generatedPage, table } from './markdown.ts';

const INTRODUCTION = `Every key of \`deploy.cfg\`. Each can also be set in the environment, by the variable in the second column, which takes
precedence over the file. [Operating](../operating.md#configuration) says how the file is written and found, and
[deploy.cfg.example](../../deploy.cfg.example) has every key with an example.`;

export function configurationPage(): string {
  const rows = KEYS.map((key) => {
    const { default: value, description } = configSchema.properties[key];
    return [code(key), code(variableOf(key)), defaultOf(value), description];
  });
  return generatedPage('Configuration', [
    INTRODUCTION,
    table(['key', 'environment variable', 'default', 'meaning'], rows),
  ]);
}

function defaultOf(value: unknown): string {
  if (value === undefined) return '–';
  const shown = [value].flat().join(', ');
  return shown === '' ? 'none' : code(shown);
}
