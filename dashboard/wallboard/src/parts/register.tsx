/** A screen without a keyboard: a person enters the code on another device. */
import { fill, type Words } from "../languages.js";
import type { DeviceCode } from "../logic/token.js";

export function Register({ code, words }: { code: DeviceCode; words: Words }) {
  return (
    <main class="register">
      <h1>{words.registerTitle}</h1>
      <p>{fill(words.registerText, code.address)}</p>
      <p class="code" role="status">
        {code.code}
      </p>
      <p class="hint">{code.isNew ? words.registerNew : words.registerWait}</p>
    </main>
  );
}
