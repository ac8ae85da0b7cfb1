// Package wire turns bytes of the vendors' formats into the words of package
// llm and back: OpenAI Chat Completions and Responses, Anthropic Messages, and
// Gemini generateContent and streamGenerateContent.
//
// Both sides of a connection are here. A client writes a request with
// [Format.EncodeRequest] and reads the reply with [Format.DecodeAnswer],
// [Format.NewReader] or [Format.DecodeError]. A server reads the request with
// [Format.DecodeRequest] and writes the reply with [Format.AppendAnswer],
// [Format.NewStream] or [Format.EncodeError]. Nothing here opens a connection,
// looks at a clock or draws a random number: the caller supplies identifiers
// and instants, so the same input always gives the same bytes.
//
// A stream that merely ends is not an answer. The vendors' own libraries
// report a stream cut before its terminator as a success; [Reader] does not.
// It calls an answer complete when it has seen
//
//   - OpenAI Chat Completions: a finish_reason and then [DONE],
//   - OpenAI Responses: response.completed or response.incomplete,
//   - Anthropic: message_stop after a stop_reason that is not null,
//   - Gemini: a finishReason with the last piece or after it, and then the end of the
//     body, since some services send one with every piece,
//
// and reports anything less as truncated, and an error inside the stream as such,
// in each of the shapes that vendors, and services that imitate them, have been
// seen to send. What had arrived is still at hand in [Reader.Answer] for billing.
// An error inside a 200 response says whether to try again as one outside does:
// a quota that is used up, or a request that is wrong, forbids it.
//
// Only text is carried. Images, tools and logprobs in a reply are skipped, and
// so are fields and events that are not known.
package wire
