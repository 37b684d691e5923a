// The main calls of the systems beside KBase's, as their clients send them.

/** How many connections a call of a row comes over, each with a dataset, an item and an owner of its own. */
const CONNECTIONS = 16;
const PASSWORD = 'a password of the benchmark';

/** Makes what the rows read and change: the rows. */
export async function systemRows({ url, pid, find, insert, run, token }) {
  const each = Array.from({ length: CONNECTIONS }, (_, i) => i);
  for (const i of each) {
    await run({ command: 'addUser', user: `keeper${i}`, params: { id: `keeper${i}` } });
    await run({ command: 'addUser', user: `heir${i}`, params: { id: `heir${i}` } });
    const items = [
      { type: 'block', name: `day ${i}`, externalId: `BLOCK${i}` },
      { type: 'workbooks', name: `Sales ${i}`, externalId: pathOf(i) },
      { type: 'plate', name: `plate ${i}`, externalId: `PLATE${i}` },
    ];
    for (const params of items) await run({ command: 'createResource', user: `keeper${i}`, params });
  }
  await run({ command: 'setPassword', user: 'keeper0', params: { password: PASSWORD } });
  const cookie = await signInToGnode(url);
  const grants = [{ accountType: 'User', account: 'heir0', level: 'read' }];
  await run({ command: 'setAcl', params: { type: 'block', externalId: 'BLOCK0', mode: 'merge', grants } });
  const bearer = { authorization: `Bearer ${token}` };
  const common = { pid, connections: CONNECTIONS };
  /** From whom and to whom something of one connection goes next, to and fro. */
  const turnsOf = () => {
    const turns = [];
    return (i) => {
      turns[i] = !turns[i];
      return turns[i] ? [`keeper${i}`, `heir${i}`] : [`heir${i}`, `keeper${i}`];
    };
  };
  const [ofItems, ofDatasets] = [turnsOf(), turnsOf()];
  return [
    {
      ...common,
      name: 'G-Node: GET an ACL',
      floor: find,
      url: `${url}/electrophysiology/block/BLOCK0/acl/`,
      method: 'GET',
      headers: { cookie },
      requests: () => [{}],
      right: (body) => body.includes('"shared_with":{'),
    },
    {
      ...common,
      name: 'Oracle: GET an item',
      floor: find,
      url,
      method: 'GET',
      headers: bearer,
      requests: (i) => [{ path: `/api/20210901/catalog/workbooks/${idOf(i)}` }],
      right: (body) => body.includes('"type":"workbooks"'),
    },
    {
      ...common,
      name: 'Oracle: give an item',
      floor: insert,
      url,
      headers: { ...bearer, 'content-type': 'application/json' },
      requests: (i) => [
        {
          setupRequest: (request) => ({
            ...request,
            path: `/api/20210901/catalog/workbooks/${idOf(i)}/actions/changeOwnership`,
            body: JSON.stringify({ accountType: 'User', owner: ofItems(i)[1] }),
          }),
        },
      ],
      right: (body) => body === '',
    },
    {
      ...common,
      name: 'Image Artist: datasets',
      floor: find,
      url,
      method: 'GET',
      headers: bearer,
      requests: (i) => [{ path: `/datasets?owner=keeper${i}` }],
      right: (body) => body.startsWith('{"datasets":['),
    },
    {
      ...common,
      name: 'Image Artist: give',
      floor: insert,
      url,
      method: 'PUT',
      headers: bearer,
      requests: (i) => [
        {
          setupRequest: (request) => ({ ...request, path: `/change_owner/${ofDatasets(i).join('/')}` }),
        },
      ],
      right: (body) => body.includes('"new_owner_id"'),
    },
  ];

  function pathOf(i) {
    return `/@Catalog/shared/Sales${i}`;
  }

  function idOf(i) {
    return Buffer.from(pathOf(i)).toString('base64url');
  }
}

async function signInToGnode(url) {
  const response = await fetch(`${url}/account/authenticate/`, {
    method: 'POST',
    body: new URLSearchParams({ username: 'keeper0', password: PASSWORD }),
  });
  const cookie = response.headers.get('set-cookie')?.split(';')[0];
  if (cookie === undefined) throw new Error(`signing in was answered with ${response.status}`);
  return cookie;
}
