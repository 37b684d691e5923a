// mongosh, where it is not installed: the options and functions of it that docs/operating/complete.md uses.
import { parseArgs } from 'node:util';
import { MongoClient } from 'mongodb';

const { values, positionals } = parseArgs({
  options: {
    quiet: { type: 'boolean' },
    port: { type: 'string' },
    username: { type: 'string' },
    password: { type: 'string' },
    eval: { type: 'string' },
  },
  allowPositionals: true,
});
const [uri = `mongodb://127.0.0.1:${values.port}/?directConnection=true`] = positionals;
const connect = (auth) => MongoClient.connect(uri, auth.username === undefined ? {} : { auth });
let client = await connect({ username: values.username, password: values.password });

const rs = { initiate: (config) => client.db('admin').command({ replSetInitiate: config }) };
const db = {
  getSiblingDB: (name) => ({
    createUser: ({ user, ...rest }) => client.db(name).command({ createUser: user, ...rest }),
    grantRolesToUser: (user, roles) => client.db(name).command({ grantRolesToUser: user, roles }),
    dropDatabase: () => client.db(name).dropDatabase(),
    auth: async (username, password) => {
      await client.close();
      client = await connect({ username, password });
    },
  }),
};
// mongosh waits for each call by itself.
const script = values.eval.replaceAll(/^\s*(?:admin|db|rs)\./gm, (call) => `await ${call}`);
const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor;
try {
  await new AsyncFunction('rs', 'db', script)(rs, db);
} finally {
  await client.close();
}
