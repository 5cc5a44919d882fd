// Ask a provider for what only a test may do, and print its answer:
//
//	node control.js SOCKET NAME JSON...
import { request } from 'node:http';

const [socketPath, name, ...objects] = process.argv.slice(2);
const asked = request({ socketPath, path: `/${name}`, method: 'POST' },
  (response) => {
    const out = response.statusCode === 200 ? process.stdout : process.stderr;
    process.exitCode = response.statusCode === 200 ? 0 : 1;
    response.pipe(out);
  });
asked.on('error', (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
asked.end(JSON.stringify(Object.assign({}, ...objects.map(JSON.parse))));
