// Runs services of the built program one after another, or at the same time, each as a message says: to load the program
// takes longer than to start a service.
import { loadConfig } from '../../dist/base/config/load.js';
import { createLogger } from '../../dist/base/log.js';
import { startService } from '../../dist/server/service.js';

process.on('disconnect', () => process.exit(0));

const log = createLogger({ level: 'error' });
const running = new Map();

async function start({ id, env }) {
  const service = await startService(loadConfig({ env }), log, { signal: new AbortController().signal });
  running.set(id, service);
  return service.url;
}

async function stop({ id }) {
  await running.get(id).stop();
  running.delete(id);
}

process.on('message', async (message) => {
  const answer = message.env === undefined ? stop(message) : start(message);
  process.send({
    id: message.id,
    ...(await answer.then(
      (url) => ({ url }),
      (error) => ({ error: String(error) }),
    )),
  });
});
