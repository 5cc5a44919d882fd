// A real identity provider for tests: the certified oidc-provider on loopback.
//
//	node provider.js FOLDER MODULES
//
// FOLDER/config.json says what it is (see tests/harness/provider.sh, which
// writes it); tls.crt, tls.key and ca.pem lie there. It keeps its signing keys
// in keys.json, so that a restart is an outage and no rotation, and appends each
// request to FOLDER/requests, a line "METHOD PATH STATUS". When it listens,
// FOLDER/ready appears. FOLDER/control is the socket of what only a test may do:
// see `controls`.
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import * as fs from 'node:fs';
import { createServer as createControl } from 'node:http';
import { createServer } from 'node:https';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = process.argv[2];
// The modules are installed elsewhere than this file lies.
const { default: Provider } = await import(pathToFileURL(
  resolve(process.argv[3], 'oidc-provider/lib/index.js')));

const read = (name) => fs.readFileSync(`${folder}/${name}`, 'utf8');
const config = JSON.parse(read('config.json'));
const accounts = new Map(Object.entries(config.accounts ?? {}));

// --- signing keys ----------------------------------------------------------

const KEY_TYPES = [
  ['rsa', { modulusLength: 2048 }, 'RS256'],
  ['ec', { namedCurve: 'P-256' }, 'ES256'],
  ['ed25519', {}, 'EdDSA'],
];
function newKeys() {
  const generation = Date.now().toString(36);
  return KEY_TYPES.map(([type, options, alg]) => ({
    ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }),
    alg,
    use: 'sig',
    kid: `${alg}-${generation}`,
  }));
}
function keepKeys(keys) {
  fs.writeFileSync(`${folder}/keys.json`, JSON.stringify(keys));
  return keys;
}
let keys = fs.existsSync(`${folder}/keys.json`)
  ? JSON.parse(read('keys.json')) : keepKeys(newKeys());

// --- the provider ----------------------------------------------------------

// A resource's address is what a client asks for (RFC 8707), its audience what
// stands in the token.
const resourceInfo = (resource) => {
  const { audience = resource, format = 'jwt', alg = 'RS256', ttl } =
    config.resources[resource] ?? {};
  return {
    audience,
    scope: 'openid read',
    accessTokenTTL: ttl,
    accessTokenFormat: format,
    ...(format === 'jwt' && { jwt: { sign: { alg } } }),
  };
};

// All that is remembered, so that new keys do not forget tokens.
const storage = new Map();
class Adapter {
  constructor(model) {
    this.model = model;
  }

  key(id) {
    return `${this.model}:${id}`;
  }

  async upsert(id, payload) {
    storage.set(this.key(id), payload);
    for (const name of ['userCode', 'uid']) {
      if (payload[name]) storage.set(`${name}:${payload[name]}`, id);
    }
  }

  async find(id) {
    return storage.get(this.key(id));
  }

  async findByUserCode(code) {
    return this.find(storage.get(`userCode:${code}`));
  }

  async findByUid(uid) {
    return this.find(storage.get(`uid:${uid}`));
  }

  async consume(id) {
    storage.get(this.key(id)).consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    storage.delete(this.key(id));
  }

  async revokeByGrantId(grantId) {
    for (const [key, payload] of storage) {
      if (payload.grantId === grantId) storage.delete(key);
    }
  }
}

const certificateOf = (ctx) => {
  const { raw } = ctx.socket.getPeerCertificate();
  return raw && new X509Certificate(raw);
};
const subjectOf = (certificate) =>
  certificate.subject.split('\n').reverse().join(',');

function makeProvider() {
  const provider = new Provider(config.issuer, {
    adapter: Adapter,
    clients: config.clients,
    jwks: { keys },
    scopes: ['openid', 'profile', 'email', 'offline_access', 'read'],
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['name', 'given_name', 'family_name', 'preferred_username',
        'groups'],
    },
    cookies: { keys: ['of a test'] },
    conformIdTokenClaims: false,
    clientAuthMethods: ['client_secret_basic', 'client_secret_post',
      'client_secret_jwt', 'private_key_jwt', 'tls_client_auth',
      'self_signed_tls_client_auth', 'none'],
    enabledJWA: {
      clientAuthSigningAlgValues: ['RS256', 'PS256', 'ES256', 'ES384', 'ES512',
        'EdDSA', 'HS256'],
      idTokenSigningAlgValues: ['RS256', 'ES256', 'EdDSA'],
    },
    async findAccount(ctx, id) {
      const claims = accounts.get(id);
      return claims && {
        accountId: id,
        claims: async () => ({ sub: id, ...claims }),
      };
    },
    // Tokens of a real grant (the device flow) too carry the account's `token`.
    extraTokenClaims: async (ctx, token) => ({
      ...accounts.get(token.accountId)?.token, ...token.claimsOfTest }),
    formats: {
      customizers: {
        jwt: async (ctx, token, parts) => {
          Object.assign(parts, { header: token.headOfTest });
          Object.assign(parts.payload, token.claimsOfTest);
        },
      },
    },
    ttl: { AccessToken: 600, IdToken: 600, DeviceCode: config.deviceTtl ?? 600 },
    features: {
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true },
      introspection: { enabled: true, allowedPolicy: async () => true },
      jwtIntrospection: { enabled: true },
      revocation: { enabled: true },
      userinfo: { enabled: true },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: async (ctx, resource) => resourceInfo(resource),
        useGrantedResource: async () => true,
      },
      mTLS: {
        enabled: true,
        tlsClientAuth: true,
        selfSignedTlsClientAuth: true,
        getCertificate: certificateOf,
        certificateAuthorized: (ctx) => ctx.socket.authorized,
        certificateSubjectMatches: (ctx, property, expected) =>
          property === 'tls_client_auth_subject_dn' &&
          subjectOf(certificateOf(ctx)) === expected,
      },
    },
    discovery: config.discovery,
  });
  provider.on('server_error', (ctx, error) => console.error(error));
  // RFC 8628 3.2: how often to ask. oidc-provider leaves it to the client.
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.body?.device_code && config.deviceInterval) {
      ctx.body.interval = config.deviceInterval;
    }
  });
  return provider;
}
let provider = makeProvider();

// --- what only a test may do -----------------------------------------------

async function grantFor(client, account, scope, resource) {
  const grant = new provider.Grant({
    accountId: account, clientId: client.clientId });
  grant.addOIDCScope(scope);
  if (resource) grant.addResourceScope(resource, scope);
  return grant.save();
}

const controls = {
  // An access token for an account, as if a browser had been there.
  // {account, format: "jwt"|"opaque", client?, aud?, alg?, scope?, ttl?,
  // claims?, head?}
  async token({ account, format, client: id = 'app', aud = 'ssh', alg = 'RS256',
    scope = 'openid email profile', ttl, claims, head }) {
    const client = await provider.Client.find(id);
    const grantId = await grantFor(client, account, scope);
    const base = {
      client, accountId: account, grantId, scope, gty: 'authorization_code',
      expiresIn: ttl,
    };
    const make = () => Object.assign(new provider.AccessToken(base),
      { claimsOfTest: claims, headOfTest: head });
    const token = make();
    if (format !== 'jwt') {
      if (aud) token.aud = aud;
      return token.save();
    }
    token.resourceServer = new provider.ResourceServer(aud, {
      audience: aud, scope, accessTokenFormat: 'jwt', jwt: { sign: { alg } } });
    const value = await token.save();
    // As most providers do, this one knows its JWTs too: for userinfo,
    // introspection and revocation.
    const twin = make();
    twin.format = 'opaque';
    twin.jti = value;
    await twin.save();
    return value;
  },

  // {account, client?, claims?}
  async id_token({ account, client: id = 'app', claims = {} }) {
    const client = await provider.Client.find(id);
    const found = await provider.Account.findAccount(undefined, account);
    const token = new provider.IdToken(await found.claims(), { client });
    token.scope = 'openid email profile';
    Object.entries(claims).forEach(([name, value]) => token.set(name, value));
    return token.issue({ use: 'idtoken' });
  },

  // What userinfo and ID tokens say: {account, claims}; `token` in it is what
  // access tokens say besides. Without claims the account is gone.
  async account({ account, claims }) {
    if (claims) accounts.set(account, claims);
    else accounts.delete(account);
  },

  // New signing keys. Those before stay in the set, unless {forget: true}.
  async rotate({ forget }) {
    keys = keepKeys([...newKeys(), ...(forget ? [] : keys)]);
    provider = makeProvider();
  },

  // What the person at the browser decides: {code, answer: "approve"|"deny",
  // account}.
  async device({ code: userCode, answer, account }) {
    const code = await provider.DeviceCode.findByUserCode(
      userCode.toUpperCase().replace(/\W/g, ''));
    if (!code || code.isExpired) throw new Error('no such user code');
    const { params: { scope = 'openid', resource } } = code;
    const client = await provider.Client.find(code.clientId);
    if (answer === 'deny') {
      Object.assign(code, { error: 'access_denied',
        errorDescription: 'End-User aborted interaction' });
    } else {
      Object.assign(code, {
        accountId: account,
        authTime: Math.floor(Date.now() / 1000),
        grantId: await grantFor(client, account, scope, resource),
        scope,
        resource,
      });
    }
    await code.save();
  },
};

async function control(request, response) {
  let body = '';
  for await (const piece of request) body += piece;
  try {
    const name = request.url.slice(1);
    if (!Object.hasOwn(controls, name)) throw new Error(`what is ${name}?`);
    const said = await controls[name](JSON.parse(body || '{}'));
    response.end(said === undefined ? '' : `${said}\n`);
  } catch (error) {
    response.statusCode = 400;
    response.end(`${error.stack}\n`);
  }
}

// --- listening -------------------------------------------------------------

function serve(request, response) {
  response.on('finish', () => {
    const path = request.url.split('?')[0];
    fs.appendFileSync(`${folder}/requests`,
      `${request.method} ${path} ${response.statusCode}\n`);
  });
  provider.callback()(request, response);
}

const { hostname, port } = new URL(config.issuer);
const server = createServer({
  cert: read('tls.crt'),
  key: read('tls.key'),
  ca: read('ca.pem'),
  requestCert: true, // for mTLS; who shows none is served too
  rejectUnauthorized: false,
}, serve);
server.listen(Number(port || 443), '127.0.0.1', () => {
  fs.rmSync(`${folder}/control`, { force: true });
  createControl(control).listen(`${folder}/control`, () => {
    fs.writeFileSync(`${folder}/ready`, `${hostname}\n`);
  });
});
