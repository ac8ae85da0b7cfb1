// What the tests of the three libraries share: a matrix of rows, each of which
// says what a library does about one kind of weather. The mock at MOCK_URL has a
// model for each kind, named for it.
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { describe, test } from 'node:test';

export const url = process.env.MOCK_URL;
export const system = 'Be brief.';
export const prompt = 'How are you?';

// The least time, in milliseconds, before each try after the first.
export const backoff = [375, 750];

// spy returns a fetch that keeps its tries: what was sent, from when to when. The
// number of the request keys what the mock draws.
export function spy(request = 7) {
  const tries = [];
  const spying = async (input, init) => {
    const headers = new Headers(init?.headers ?? input.headers);
    headers.set('X-Tailgate-Request', String(request));
    const one = { headers, began: performance.now() };
    tries.push(one);
    try {
      return await fetch(input, { ...init, headers });
    } finally {
      one.ended = performance.now();
    }
  };
  return { fetch: spying, tries };
}

// caught returns what ask throws, or undefined.
async function caught(ask) {
  try {
    await ask();
    return undefined;
  } catch (err) {
    return err;
  }
}

// reader returns a function that says what was thrown: the name of its class and,
// if the library has them from the service, the given fields.
export function reader(APIError, ...fields) {
  return (err) => {
    if (err === undefined) return 'nothing';
    const said = fields.map((field) => err[field]);
    return err instanceof APIError && said.some(Boolean) ? [err.constructor.name, ...said] : err.constructor.name;
  };
}

// matrix declares a test for each row [model, want, waits] and each way to ask.
// All of them run at the same time. ask(options) asks, read(error) says what is
// thrown; counts says that tries are numbered in a header.
export function matrix(name, { ask, read, counts, ways = [false, true] }, rows) {
  describe(name, { concurrency: true }, () => {
    for (const [model, want, waits = [], options = {}] of rows) {
      for (const stream of ways) {
        test(`${model}, ${stream ? 'stream' : 'whole'}`, async () => {
          const { fetch, tries } = spy();
          const err = await caught(() => ask({ fetch, model, stream, ...options }));
          assert.deepEqual(read(err), want, `error ${err?.stack}`);
          holdWaits(tries, waits);
          const said = tries.map((t) => t.headers.get('X-Stainless-Retry-Count'));
          assert.deepEqual(said, tries.map((_, i) => (counts ? String(i) : null)));
        });
      }
    }
  });
}

// A timer may be early by less than this, in milliseconds, and a clock rounds. It
// may be late, but not by as much as a Retry-After that is not believed.
const early = 2, late = 60_000;

export function holdWaits(tries, waits) {
  assert.equal(tries.length, waits.length + 1, 'number of tries');
  waits.forEach((least, i) => {
    const waited = tries[i + 1].began - tries[i].ended;
    assert.ok(waited >= least - early && waited < late, `waits ${waited} ms before try ${i + 1}, want at least ${least} ms`);
  });
}

// generated declares what holds for both libraries that Stainless generates.
export function generated(library) {
  const { ask } = library;
  matrix('connections', library, [
    ['reset', 'APIConnectionError', backoff],
    ['refuse', 'APIConnectionError', backoff],
    ['hang', 'APIConnectionTimeoutError', backoff.slice(0, 1), { client: { timeout: 300, maxRetries: 1 } }],
    ['reset-half', 'TypeError'],
    ['malformed', 'SyntaxError'],
  ]);

  matrix('bodies', { ...library, ways: [false] }, [['truncate', 'SyntaxError']]);

  test('without retries', async () => {
    const { fetch, tries } = spy();
    await assert.rejects(ask({ fetch, model: 'status-500', stream: false, client: { maxRetries: 0 } }), { status: 500 });
    holdWaits(tries, []);
  });

  test('a stream that stalls does so until the caller leaves, and that is no error', async () => {
    const { fetch, tries } = spy();
    const left = new AbortController();
    const heard = () => setTimeout(() => left.abort(), 300);
    const got = await ask({ fetch, model: 'stall', stream: true, signal: left.signal, heard });
    assert.ok(got.text.length > 0 && !got.stop);
    holdWaits(tries, []);
  });
}

// answers declares that a whole answer and a streamed one are the same, up to
// the end and up to the limit of tokens.
export function answers({ ask, stop, length }) {
  describe('answers', { concurrency: true }, () => {
    for (const [name, maxTokens, reason, tokens] of [['to its end', 64, stop, 12], ['to the limit', 5, length, 5]]) {
      test(name, async () => {
        const whole = await ask({ ...spy(), model: 'calm', stream: false, maxTokens });
        const streamed = await ask({ ...spy(), model: 'calm', stream: true, maxTokens });
        assert.ok(whole.text.length > 10 && whole.input > 0, JSON.stringify(whole));
        assert.deepEqual({ ...whole, text: '', input: 0 }, { text: '', model: 'calm', stop: reason, input: 0, output: tokens });
        assert.deepEqual(streamed, whole);
      });
    }
    test('truncated: taken for whole, without a reason', async () => {
      const whole = await ask({ ...spy(), model: 'calm', stream: false });
      const got = await ask({ ...spy(), model: 'truncate', stream: true });
      assert.ok(!got.stop && got.text.length > 0, JSON.stringify(got));
      assert.notEqual(got.text, whole.text);
    });
  });
}

// silent declares what a library makes of weather with status 200 that is no good
// answer: what it throws, or else whether there are text and a reason for the end,
// and the model and tokens that it tells. Whole answers first, then streams.
export function silent({ ask, read }, rows) {
  describe('silent', { concurrency: true }, () => {
    for (const [model, ...wants] of rows) {
      wants.forEach((want, stream) => test(`${model}, ${stream ? 'stream' : 'whole'}`, async () => {
        const { fetch, tries } = spy();
        let got;
        const err = await caught(async () => { got = await ask({ fetch, model, stream: stream === 1 }); });
        const seen = err ? read(err) : [got?.text ? 'text' : 'nothing', got?.stop ? 'end' : 'open', got?.model, got?.output];
        assert.deepEqual(seen, want);
        holdWaits(tries, []);
      }));
    }
  });
}
