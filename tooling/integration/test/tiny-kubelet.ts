import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { issueCertificate } from "@virtual-kubelet/kubernetes";
import { type WebSocket, WebSocketServer } from "ws";

export interface TinyKubelet extends AsyncDisposable {
  readonly port: number;
  /** Adds a line to the log that followers see. */
  log(line: string): void;
  /** Ends the log. */
  endLog(): void;
}

const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4, close: 255 };

/** The part of a kubelet that the API server calls: one log, and an exec whose "commands" are `echo`, `cat`, `exit` and `options`. */
export async function startTinyKubelet(clientAuthority: string): Promise<TinyKubelet> {
  const { certificate: cert, key } = issueCertificate({ commonName: "tiny" });
  const followers = new Set<ServerResponse>();
  const lines = ["one", "two", "three"];
  const server = createServer(
    { cert, key, ca: clientAuthority, requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      const { pathname, searchParams: query } = new URL(request.url ?? "/", "https://tiny");
      if (!pathname.startsWith("/containerLogs/")) response.writeHead(404).end("404 page not found");
      else if (query.get("previous") === "true")
        response.writeHead(400).end('previous terminated container "main" in pod "tour" not found');
      else answerLog(response, query);
    },
  );
  const answerLog = (response: ServerResponse, query: URLSearchParams): void => {
    const tail = query.get("tailLines");
    response.write(
      lines
        .slice(tail === null ? 0 : Math.max(lines.length - Number(tail), 0))
        .map((line) => `${line}\n`)
        .join(""),
    );
    if (query.get("follow") === "true") followers.add(response);
    else response.end();
  };
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has("v5.channel.k8s.io") ? "v5.channel.k8s.io" : false),
  });
  server.on("upgrade", (request: IncomingMessage, socket, head) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "https://tiny");
    if (!pathname.startsWith("/exec/") || request.method !== "GET")
      socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 18\r\n\r\n404 page not found");
    else sockets.handleUpgrade(request, socket, head, (webSocket) => runCommand(webSocket, searchParams));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    log: (line) => {
      lines.push(line);
      for (const follower of followers) follower.write(`${line}\n`);
    },
    endLog: () => {
      for (const follower of followers) follower.end();
      followers.clear();
    },
    async [Symbol.asyncDispose]() {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function runCommand(socket: WebSocket, query: URLSearchParams): void {
  const [name = "", ...words] = query.getAll("command");
  const send = (to: number, text: string | Buffer): void =>
    socket.send(Buffer.concat([Buffer.from([to]), Buffer.from(text)]));
  const exit = (code: number): void => {
    const failure = {
      status: "Failure",
      reason: "NonZeroExitCode",
      message: `exit ${code}`,
      details: { causes: [{ reason: "ExitCode", message: String(code) }] },
    };
    send(channel.status, JSON.stringify({ metadata: {}, ...(code === 0 ? { status: "Success" } : failure) }));
    socket.close(1000);
  };
  socket.on("message", (data: Buffer) => {
    if (name === "cat" && data[0] === channel.stdin) send(channel.stdout, data.subarray(1));
    if (name === "cat" && data[0] === channel.close && data[1] === channel.stdin) exit(0);
  });
  if (name === "echo") {
    send(channel.stdout, `${words.join(" ")}\n`);
    send(channel.stderr, "to stderr\n");
    exit(0);
  }
  if (name === "exit") exit(Number(words[0]));
  if (name === "options") {
    send(
      channel.stdout,
      `input=${query.get("input")} output=${query.get("output")} error=${query.get("error")} tty=${query.get("tty")}\n`,
    );
    exit(0);
  }
}
