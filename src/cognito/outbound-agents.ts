import http from 'node:http';
import https from 'node:https';

/** Options of the SDK's agents, or agents of the app. */
export interface OutboundAgents {
  readonly httpAgent: http.Agent | http.AgentOptions;
  readonly httpsAgent: https.Agent | https.AgentOptions;
  /** Whether one of them is the app's, and must not be destroyed. */
  readonly ofApp: boolean;
}

/**
 * Returns agents that take the same way out as the rest of the process: through the proxy of `NODE_USE_ENV_PROXY`, or
 * through an agent that the app has set as Node's global agent.
 */
export function outboundAgents(sockets: http.AgentOptions): OutboundAgents {
  const httpAgent = appAgent(http.globalAgent, http.Agent) ?? { ...sockets, ...proxyOf(http.globalAgent) };
  const httpsAgent = appAgent(https.globalAgent, https.Agent) ?? {
    ...sockets,
    ...proxyOf(https.globalAgent),
  };
  return {
    httpAgent,
    httpsAgent,
    ofApp: [http.globalAgent, https.globalAgent].some((agent) => agent === httpAgent || agent === httpsAgent),
  };
}

function appAgent<T extends http.Agent>(agent: T, own: new () => http.Agent): T | undefined {
  return agent.constructor === own ? undefined : agent;
}

/** Node 24 keeps the variables of the proxy in the global agent. */
function proxyOf(agent: http.Agent): http.AgentOptions {
  const { proxyEnv } = ((agent as { options?: object }).options ?? {}) as { proxyEnv?: object };
  return proxyEnv === undefined ? {} : ({ proxyEnv } as http.AgentOptions);
}
