/**
 * Where the token comes from: an address of the same site, or the registration of a screen (RFC 8628).
 *
 * @module
 */
import { type ServiceLevelFormula, UnauthorizedError } from "@headroom/client";

/** What the board needs to know; `config.json` beside it. */
export interface Config {
  /** Address of the WebSocket API. */
  readonly url: string;
  /** Gives a token as text to whoever may see the page. */
  readonly tokenUrl?: string;
  /** The deployment's formula of the service level, if it is not the default one. */
  readonly serviceLevelFormula?: ServiceLevelFormula;
  /** Registers a screen without a keyboard; an OAuth 2.0 server with the device authorization grant. */
  readonly device?: { readonly authorizationUrl: string; readonly tokenUrl: string; readonly clientId: string; readonly scope?: string };
}

/** A code that a person enters on another device. */
export interface DeviceCode {
  readonly code: string;
  readonly address: string;
  readonly isNew: boolean;
}

const SECOND_MS = 1000;
const REFRESH_NAME = "headroom.refresh";
const GRANT = "urn:ietf:params:oauth:grant-type:device_code";

export interface TokenPorts {
  readonly fetch: typeof fetch;
  readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  readonly sleep: (ms: number) => Promise<void>;
  readonly showCode: (code: DeviceCode | undefined) => void;
  /** The screen is registered: there is a token now. */
  readonly registered: () => void;
}

export function tokenSource(config: Config, ports: TokenPorts): () => Promise<string> {
  const { device, tokenUrl } = config;
  if (device) return deviceTokenSource(device, ports);
  return () => fetchToken(tokenUrl ?? "token", ports);
}

/** The header keeps other sites from asking: a browser does not send it across sites without permission. */
async function fetchToken(url: string, { fetch }: TokenPorts): Promise<string> {
  const response = await fetch(url, { method: "POST", headers: { "x-headroom": "token" }, cache: "no-store" });
  if (response.status === 401 || response.status === 403) throw new UnauthorizedError(`${url}: ${response.status}`);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return (await response.text()).trim();
}

type Device = NonNullable<Config["device"]>;

/** Renews the token of a registered screen; of another one it begins the registration. */
function deviceTokenSource(device: Device, ports: TokenPorts): () => Promise<string> {
  let first: string | undefined;
  let isRegistering = false;
  const register = async () => {
    isRegistering = true;
    try {
      for (let isNew = false; !first; isNew = true) first = await tryRegister(device, ports, isNew);
      ports.registered();
    } finally {
      ports.showCode(undefined);
      isRegistering = false;
    }
  };
  return async () => {
    const token = first ?? (await refreshToken(device, ports));
    first = undefined;
    if (token) return token;
    // The next request of a token begins anew if this fails.
    if (!isRegistering) register().catch(() => {});
    throw new Error("this screen is not registered yet");
  };
}

/** A new token for a registered screen; undefined if it is not, or not any more. */
async function refreshToken(device: Device, ports: TokenPorts): Promise<string | undefined> {
  const refresh = ports.storage.getItem(REFRESH_NAME);
  if (!refresh) return undefined;
  const fields = { client_id: device.clientId, grant_type: "refresh_token", refresh_token: refresh };
  const { status, body } = await post(device.tokenUrl, fields, ports);
  if (body.access_token) return keep(body, ports);
  // Only this says that the screen was revoked; anything else may pass.
  if (body.error !== "invalid_grant") throw new Error(`${device.tokenUrl}: ${status} ${body.error ?? ""}`);
  ports.storage.removeItem(REFRESH_NAME);
  return undefined;
}

/** Shows a code until somebody has entered it; undefined if nobody did in time. */
async function tryRegister(device: Device, ports: TokenPorts, isNew: boolean): Promise<string | undefined> {
  const identity = { client_id: device.clientId };
  const { body } = await post(device.authorizationUrl, { ...identity, scope: device.scope ?? "offline_access" }, ports);
  if (!body.device_code) throw new Error("no device code");
  ports.showCode({ code: body.user_code ?? "", address: body.verification_uri ?? "", isNew });
  let waitMs = Number(body.interval ?? 5) * SECOND_MS;
  for (let lifeMs = Number(body.expires_in ?? 600) * SECOND_MS; lifeMs > 0; lifeMs -= waitMs) {
    await ports.sleep(waitMs);
    const grant = { grant_type: GRANT, device_code: body.device_code };
    const answer = await post(device.tokenUrl, { ...identity, ...grant }, ports);
    if (answer.body.access_token) return keep(answer.body, ports);
    if (answer.body.error === "slow_down") waitMs += 5 * SECOND_MS;
    else if (answer.body.error !== "authorization_pending") return undefined;
  }
  return undefined;
}

function keep(body: Record<string, string>, { storage }: TokenPorts): string {
  if (body.refresh_token) storage.setItem(REFRESH_NAME, body.refresh_token);
  return body.access_token!;
}

async function post(url: string, fields: Record<string, string>, { fetch }: TokenPorts) {
  const response = await fetch(url, { method: "POST", body: new URLSearchParams(fields), cache: "no-store" });
  const body = (await response.json().catch(() => ({}))) as Record<string, string>;
  return { status: response.status, body };
}
