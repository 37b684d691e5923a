import { expect, it } from 'vitest';
import { loadConfig } from '../../../src/base/config/load.ts';
import { temporaryFiles } from './files.ts';

const write = temporaryFiles();

/** The deploy.cfg of a KBase Workspace Service 0.15, with sections of other services. */
const KBASE_DEPLOY_CFG = `
# Shared by all services on this host.
[auth]
auth-host = localhost
auth-host : 10.1.2.3

[Workspace]
# MongoDB
mongodb-host = mongo1.example.org:27017,mongo2.example.org:27017
mongodb-database = workspace
mongodb-type-database = ws_types
mongodb-user = wsserv
mongodb-pwd = p;w#1 "quoted" \\\\ = : end
mongodb-retrywrites = false

# Auth
auth-service-url = https://kbase.example.org/services/auth/api/legacy/KBase
auth2-service-url = https://kbase.example.org/services/auth
auth-service-url-allow-insecure = false
ws-admin = workspaceadmin
auth2-ws-admin-read-only-roles =
auth2-ws-admin-full-roles =

# Types
type-delegation-target =

# Backend
backend-type = S3
backend-url = http://minio.example.org:9000
backend-container = workspace
backend-user = minio
backend-token = backend-secret
backend-region = us-west-1
backend-trust-all-ssl-certificates = true

# Linked services
handle-service-url = https://kbase.example.org/services/handle_service
handle-service-token = handle-secret
ignore-handle-service =
bytestream-url = https://kbase.example.org/services/shock-api
bytestream-user = wsshock
bytestream-token = bytestream-secret
sample-service-url = https://kbase.example.org/services/sampleservice
sample-service-administrator-token = sample-secret
sample-service-tag =

# Server
port = 7058
server-threads = 20
min-memory = 10000
max-memory = 15000
temp-dir = ws_temp_dir
dont_trust_x_ip_headers = true

# Events
listeners = Kafka
listener-Kafka-class = us.kbase.workspace.modules.KafkaNotifierFactory
listener-Kafka-config-topic = ws
listener-Kafka-config-bootstrap.servers = kafka.example.org:9092

# Documents
doc-server-name = WorkspaceDocServ
doc-server-docs-location = /server_docs
`;

it('a full deploy.cfg of KBase starts, with one warning that names the keys without use', () => {
  const file = write('deploy.cfg', KBASE_DEPLOY_CFG);
  const { config, warnings, secrets } = loadConfig({ env: { KB_DEPLOYMENT_CONFIG: file } });
  expect(config).toMatchObject({
    port: 7058,
    'ws-admin': ['workspaceadmin'],
    'mongodb-host': 'mongo1.example.org:27017,mongo2.example.org:27017',
    'mongodb-database': 'workspace',
    'mongodb-user': 'wsserv',
    'mongodb-pwd': 'p;w#1 "quoted" \\ = : end',
    'mongodb-retrywrites': false,
    'dont-trust-x-ip-headers': true,
    'auth2-service-url': 'https://kbase.example.org/services/auth',
    'auth2-ws-admin-full-roles': [],
  });
  expect(config['type-delegation-target']).toBeUndefined();
  expect(secrets).toEqual({});

  expect(warnings).toHaveLength(1);
  const [before, names = ''] = warnings[0]?.split('are ignored: ') ?? [];
  expect(before).toBe(`${file}: these keys of the KBase Workspace Service have no use here and `);
  const used =
    /^(mongodb-(host|database|user|pwd|retrywrites)|ws-admin|auth2-(service-url|ws-admin-.*)|port|type-delegation-target|dont_.*)$/;
  const section = KBASE_DEPLOY_CFG.slice(KBASE_DEPLOY_CFG.indexOf('[Workspace]'));
  const written = [...section.matchAll(/^([^\s#=]+) =/gm)].map(([, key = '']) => key);
  expect(names.split(', ')).toEqual(written.filter((key) => !used.test(key)));
  expect(names.split(', ')).toHaveLength(29);
  expect(warnings[0]).not.toContain('secret');
});

it('an empty section for KBase with its own database gives the defaults', () => {
  const file = write('least.cfg', '[Workspace]\nmongodb-host = localhost\n');
  expect(loadConfig({ file, env: {} }).config['ws-admin']).toEqual([]);
});
