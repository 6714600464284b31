/** Serves the board with a contact centre that does not exist: `npm run demo`, then open the address. */
import { BoardServer } from "./support/server.js";

const server = new BoardServer({ queues: 40, media: ["voice", "chat"] }).run();
await server.listen(Number(process.env.PORT ?? 8430));
console.log(server.url);
