import { type RedisStores, redisStores } from 'express-cognito-kit/redis';
import { createClient } from 'redis';

/** The stores of a Redis, as the documentation sets them up. */
export async function storesIn(url: string): Promise<RedisStores> {
  const client = createClient({ url });
  client.on('error', (error) => {
    throw error;
  });
  await client.connect();
  return redisStores(client);
}
