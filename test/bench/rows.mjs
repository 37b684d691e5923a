import { LISTED } from './fill.mjs';
import { OBJECTS } from './fillObjects.mjs';

/** How many pages the book has that is read, and how many manifests stand beside it. */
export const CANVASES = 7_600;
export const MANIFESTS = 600;

/** The bare requests that rows are compared with: for a read, a write and the two lists of IIIF. */
export function floorsOf({ floor, floorPid }) {
  const find = {
    name: 'floor: findOne',
    url: floor,
    pid: floorPid,
    connections: 32,
    requests: () => [{ body: '{"id":1}' }],
    right: (body) => body.startsWith('{"_id":1,'),
  };
  const insert = {
    name: 'floor: insert',
    url: `${floor}/insert`,
    pid: floorPid,
    connections: 16,
    requests: () => [{ body: '{"id":1}' }],
    right: (body) => body.startsWith('{"acknowledged":true,'),
  };
  const book = {
    name: 'floor: a book',
    url: `${floor}/resources?book=/book`,
    pid: floorPid,
    connections: 2,
    method: 'GET',
    requests: () => [{}],
    right: (body) => body.length > 100 * CANVASES,
  };
  const top = {
    name: 'floor: manifests',
    url: `${floor}/resources`,
    pid: floorPid,
    connections: 4,
    method: 'GET',
    requests: () => [{}],
    right: (body) => body.split('"caption"').length === MANIFESTS + 2,
  };
  return { find, insert, book, top };
}

/** The calls of KBase's interface, of the audit, and the lists of IIIF. */
export function rowsOf({ url, pid, administer, call, users, workspaces, find, insert, book, top }) {
  const listed = Array.from({ length: LISTED }, (_, i) => ({ id: i + 1 }));
  let made = 0;
  const turns = [];
  const read = { floor: find, url, pid, connections: 32 };
  const write = { floor: insert, url, pid, connections: 16 };
  return [
    {
      name: 'ver',
      ...read,
      // More calls than this of one address, for which no token is needed, are refused.
      connections: 16,
      requests: () => [{ body: call('Workspace.ver', []) }],
      right: (body) => /"result":\["[\d.]+"\]/.test(body),
    },
    {
      name: 'listAdmins',
      ...read,
      requests: () => [{ body: administer({ command: 'listAdmins' }) }],
      right: (body) => body.includes('"result":[["admin"') && body.includes('"receipt":{'),
    },
    {
      name: 'addAdmin/removeAdmin',
      ...write,
      // Each connection makes an admin of its own user and unmakes it.
      requests: (i) =>
        ['addAdmin', 'removeAdmin'].map((command) => ({ body: administer({ command, user: users[i] }) })),
      right: (body) => body.includes('"result":[null]') && body.includes('"receipt":{'),
    },
    {
      name: 'getWorkspaceInfo',
      ...read,
      requests: (i) =>
        Array.from({ length: 16 }, (_, j) => {
          const id = 1 + ((i * 7919 + j * 104_729) % workspaces);
          return { body: administer({ command: 'getWorkspaceInfo', params: { id } }) };
        }),
      right: (body) => body.includes('"result":[[') && body.includes('"receipt":{'),
    },
    {
      name: `listWorkspaces of ${LISTED}`,
      ...read,
      requests: () => [
        { body: administer({ command: 'listWorkspaces', user: 'lister', params: { excludeGlobal: 1 } }) },
      ],
      right: (body) => body.split('"lister"').length === LISTED + 1,
    },
    {
      name: `getPermissionsMass of ${LISTED}`,
      ...read,
      requests: () => [{ body: administer({ command: 'getPermissionsMass', params: { workspaces: listed } }) }],
      right: (body) => body.split('"lister":"a"').length === LISTED + 1,
    },
    {
      name: 'getObjects of one',
      ...read,
      requests: (i) =>
        Array.from({ length: 16 }, (_, j) => {
          const ref = `1/${1 + ((i * 7919 + j * 104_729) % OBJECTS)}`;
          return { body: administer({ command: 'getObjects', params: { objects: [{ ref }] } }) };
        }),
      right: (body) => body.includes('"data":{"name":"n') && body.includes('"receipt":{'),
    },
    {
      name: `listObjects of ${OBJECTS}`,
      floor: find,
      url,
      pid,
      connections: 4,
      requests: () => [{ body: administer({ command: 'listObjects', params: { ids: [1] } }) }],
      right: (body) => body.split('"Bench.Type-1.0"').length === OBJECTS + 1,
    },
    {
      name: 'getAudit of 100',
      floor: find,
      url,
      pid,
      connections: 16,
      requests: () => [{ body: administer({ command: 'getAudit', params: { newestFirst: true, limit: 100 } }) }],
      right: (body) => body.split('"hash":').length === 102,
    },
    {
      name: 'createWorkspace',
      ...write,
      requests: () =>
        // autocannon sends a list of requests over and over: each is made when it is sent.
        [
          {
            setupRequest: (request) => {
              made += 1;
              const params = { workspace: `made${process.pid}_${made}` };
              return { ...request, body: administer({ command: 'createWorkspace', user: 'lister2', params }) };
            },
          },
        ],
      right: (body) => body.includes('"lister2"') && body.includes('"receipt":{'),
    },
    {
      name: 'setWorkspaceOwner',
      ...write,
      // Each connection gives a workspace of its own to three users in turn. With two, a call that the end of a round left
      // out would be followed by a gift to the owner, which is refused.
      requests: (i) => [
        {
          setupRequest: (request) => {
            turns[i] = ((turns[i] ?? 0) + 1) % 3;
            const params = { wsi: { id: 150 + i }, new_user: users[turns[i]] };
            return { ...request, body: administer({ command: 'setWorkspaceOwner', params }) };
          },
        },
      ],
      right: (body) => /"bench[012]:w/.test(body) && body.includes('"receipt":{'),
    },
    {
      name: `GET a manifest of ${CANVASES}`,
      floor: book,
      url: `${url}/book/manifest`,
      pid,
      connections: 2,
      method: 'GET',
      requests: () => [{}],
      right: (body) => body.split('"sc:Canvas"').length === CANVASES + 1,
    },
    {
      name: `GET /collections of ${MANIFESTS + 1}`,
      floor: top,
      url: `${url}/collections`,
      pid,
      connections: 4,
      method: 'GET',
      requests: () => [{}],
      right: (body) => body.split('"sc:Manifest"').length === MANIFESTS + 2,
    },
  ];
}
