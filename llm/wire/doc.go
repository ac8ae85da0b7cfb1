// Package wire turns bytes of the vendors' formats into the words of package
// llm and back: OpenAI Chat Completions, Anthropic Messages, and Gemini
// generateContent and streamGenerateContent.
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
//   - OpenAI: a finish_reason and then [DONE],
//   - Anthropic: message_stop after a stop_reason that is not null,
//   - Gemini: a finishReason on the candidate,
//
// and reports anything less as truncated, and an error event as an error in the
// stream, with what had arrived still at hand in [Reader.Answer] for billing.
//
// Only text is carried. Images, tools and logprobs in a reply are skipped, and
// so are fields and events that are not known.
package wire
