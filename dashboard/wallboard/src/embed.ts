/** The client and its element as one file beside the board, for plain pages without a build. */
export * from "@headroom/client";
export { defineValue } from "@headroom/client/element";
