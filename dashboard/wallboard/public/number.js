import { createClient, defineValue } from "./headroom-client.js";
const { url, tokenUrl } = await (await fetch("config.json")).json();
const options = { method: "POST", headers: { "x-headroom": "token" } };
const getToken = async () => (await fetch(tokenUrl, options)).text();
defineValue(createClient({ url: new URL(url, location.href.replace(/^http/, "ws")).href, getToken }));
