import { expect, it } from 'vitest';
import { loadConfig } from '../../../src/base/config/load.ts';
import { maskedMongodbHost, mongodbUri } from '../../../src/base/config/mongodbHost.ts';

it.each([
  ['localhost', 'mongodb://localhost/'],
  ['h1:27017, h2:27018', 'mongodb://h1:27017,h2:27018/'],
  ['[::1]:27017', 'mongodb://[::1]:27017/'],
  ['mongo_1', 'mongodb://mongo_1/'],
  ['mongodb://kim:p%40ss@h1,h2/db?replicaSet=rs0', 'mongodb://kim:p%40ss@h1,h2/db?replicaSet=rs0'],
  ['mongodb://%2Ftmp%2Fmongodb-27017.sock', 'mongodb://%2Ftmp%2Fmongodb-27017.sock'],
  ['mongodb://h/?authMechanismProperties=SERVICE_NAME:a@b', 'mongodb://h/?authMechanismProperties=SERVICE_NAME:a@b'],
  ['mongodb+srv://cluster0.example.org/', 'mongodb+srv://cluster0.example.org/'],
])('mongodb-host %s is the URI %s', (host, uri) => {
  expect(loadConfig({ env: { STEWARD_MONGODB_HOST: host } }).config['mongodb-host']).toBe(host);
  expect(mongodbUri(host, true)).toBe(uri);
});

it.each([
  ['h', 'mongodb://h/?retryWrites=false'],
  ['mongodb://h', 'mongodb://h/?retryWrites=false'],
  ['mongodb://h/db', 'mongodb://h/db?retryWrites=false'],
  ['mongodb://h/?w=1', 'mongodb://h/?w=1&retryWrites=false'],
  ['mongodb://h/?retryWrites=true', 'mongodb://h/?retryWrites=true'],
])('mongodb-retrywrites = false makes %s the URI %s', (host, uri) => expect(mongodbUri(host, false)).toBe(uri));

it.each([
  ['mongodb://kim:secret@h/', 'mongodb://kim:******@h/'],
  ['mongodb://:secret@h/', 'mongodb://:******@h/'],
  ['mongodb://kim@h:27017/?proxyPassword=secret&w=1', 'mongodb://kim@h:27017/?proxyPassword=******&w=1'],
  ['mongodb://h/?authMechanismProperties=AWS_SESSION_TOKEN:secret', 'mongodb://h/?authMechanismProperties=******'],
  ['h1:27017,h2', 'h1:27017,h2'],
])('%s is shown as %s', (host, masked) => expect(maskedMongodbHost(host)).toBe(masked));
