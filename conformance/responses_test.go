package conformance_test

import (
	"context"
	"strconv"
	"testing"
	"testing/synctest"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/responses"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider/mocktest"
)

func openAIResponses() library {
	return library{
		format: wire.OpenAIResponses, ask: askResponses, read: readOpenAI,
		counts: true, stop: "completed", length: "incomplete",
	}
}

func responseParams(q question) responses.ResponseNewParams {
	params := responses.ResponseNewParams{
		Model: q.model, Instructions: openai.String(system),
		Input: responses.ResponseNewParamsInputUnion{OfString: openai.String(prompt)},
	}
	if q.maxTokens > 0 {
		params.MaxOutputTokens = openai.Int(int64(q.maxTokens))
	}
	return params
}

func askResponses(ctx context.Context, q question) reply {
	client := newOpenAI(q)
	if q.stream {
		return streamResponse(ctx, client, responseParams(q))
	}
	got, err := client.Responses.New(ctx, responseParams(q))
	if err != nil {
		return reply{err: err}
	}
	return readResponse(got, got.OutputText())
}

// streamResponse takes the text from the deltas, and the rest from the event
// that ends the stream well.
func streamResponse(ctx context.Context, client openai.Client, params responses.ResponseNewParams) reply {
	stream := client.Responses.NewStreaming(ctx, params)
	var text string
	var last responses.Response
	for stream.Next() {
		switch e := stream.Current().AsAny().(type) {
		case responses.ResponseTextDeltaEvent:
			text += e.Delta
		case responses.ResponseCompletedEvent:
			last = e.Response
		case responses.ResponseIncompleteEvent:
			last = e.Response
		default:
		}
	}
	got := readResponse(&last, text)
	got.err = stream.Err()
	return got
}

func readResponse(r *responses.Response, text string) reply {
	return reply{
		Text: text, Model: r.Model, Stop: string(r.Status),
		Usage: llm.Usage{Input: int(r.Usage.InputTokens), Output: int(r.Usage.OutputTokens)},
	}
}

func TestResponses_broken(t *testing.T) {
	t.Parallel()
	openAIResponses().test(t, byDefault, []bool{false, true}, []row{
		{"reset", failure{Kind: transport}, backoff()},
		{"refuse", failure{Kind: transport}, backoff()},
		{"reset-half", failure{Kind: transport}, nil},
		{"malformed", failure{Kind: garbage}, nil},
		{"hang", failure{Kind: deadline}, nil},
	})
	openAIResponses().test(t, byDefault, []bool{false}, []row{
		{"truncate", failure{Kind: garbage}, nil},
		{"in-stream", failure{api, 500, "server_error", ""}, backoff()},
	})
	openAIResponses().test(t, byDefault, []bool{true}, []row{
		{"stall", failure{Kind: deadline}, nil},
		{"truncate", failure{}, nil}, // taken for whole: only the missing end tells
	})
}

// TestResponses_inStream: of the two shapes that an error has in a stream the
// library knows one. The other, the specification's own, is an event like any.
func TestResponses_inStream(t *testing.T) {
	t.Parallel()
	nested, flat := 3, traced
	for request, want := range map[int]kind{nested: inStream, flat: none} {
		for _, model := range []string{"in-stream", "in-stream-0"} {
			t.Run(model+"/"+strconv.Itoa(request), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					l, srv := openAIResponses(), mocktest.StartInBubble(t, weather())
					got, sent := l.send(t, srv, question{model: model, stream: true, request: request})
					if l.read(got.err).Kind != want || got.Stop != "" || len(sent) != 1 {
						t.Errorf("error %v, end %q, %d tries", got.err, got.Stop, len(sent))
					}
				})
			})
		}
	}
}

func TestResponses_fields(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := mocktest.StartInBubble(t, weather())
		q := question{url: srv.URL, client: srv.Client(), model: "calm", retries: never}
		client := newOpenAI(q)
		whole, err := client.Responses.New(t.Context(), responseParams(q))
		if err != nil {
			t.Fatal(err)
		}
		holdFields(t, whole)
		holdFields(t, new(whole.Output[0].AsMessage()))
		stream := client.Responses.NewStreaming(t.Context(), responseParams(q))
		for n := int64(0); stream.Next(); n++ {
			if got := stream.Current().SequenceNumber; got != n {
				t.Errorf("event %d has number %d", n, got)
			}
			holdResponseEvent(t, stream.Current())
		}
	})
}

// holdResponseEvent holds an event of the stream, as the struct of its kind.
func holdResponseEvent(t *testing.T, event responses.ResponseStreamEventUnion) {
	t.Helper()
	switch e := event.AsAny().(type) {
	case responses.ResponseCreatedEvent:
		holdFields(t, &e)
	case responses.ResponseInProgressEvent:
		holdFields(t, &e)
	case responses.ResponseOutputItemAddedEvent:
		holdFields(t, &e)
	case responses.ResponseContentPartAddedEvent:
		holdFields(t, &e)
	case responses.ResponseTextDeltaEvent:
		holdFields(t, &e)
	case responses.ResponseTextDoneEvent:
		holdFields(t, &e)
	case responses.ResponseContentPartDoneEvent:
		holdFields(t, &e)
	case responses.ResponseOutputItemDoneEvent:
		holdFields(t, &e)
	case responses.ResponseCompletedEvent:
		holdFields(t, &e)
	default:
		t.Errorf("an event of kind %q", event.Type)
	}
}
