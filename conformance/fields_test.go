package conformance_test

import (
	"reflect"
	"strconv"
	"testing"
	"testing/synctest"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/openai/openai-go/v3"

	"github.com/tailgate-bench/tailgate/mockprovider/mocktest"
)

// holdFields reports every field that a library calls required, but that is not
// in the JSON that the struct behind v was read from, and every constant that is
// another. The libraries themselves let both pass.
func holdFields(t *testing.T, v any) {
	t.Helper()
	s := reflect.ValueOf(v).Elem()
	holdStruct(t, s.Type().Name(), s)
}

func holdStruct(t *testing.T, path string, s reflect.Value) {
	t.Helper()
	seen := s.FieldByName("JSON")
	if !seen.IsValid() {
		return
	}
	for i := range s.NumField() {
		f := s.Type().Field(i)
		known := seen.FieldByName(f.Name)
		if !known.IsValid() {
			continue
		}
		raw := known.Addr().MethodByName("Raw").Call(nil)[0].String()
		name := path + "." + f.Tag.Get("json")
		constant, fixed := f.Tag.Lookup("default")
		switch {
		case raw == "" && (fixed || f.Tag.Get("api") == "required"):
			t.Errorf("%s is required, and not there", name)
		case fixed && raw != strconv.Quote(constant):
			t.Errorf("%s is %s, want %q", name, raw, constant)
		case raw != "" && raw != "null":
			holdValue(t, name, s.Field(i))
		}
	}
}

func holdValue(t *testing.T, path string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Struct:
		holdStruct(t, path, v)
	case reflect.Slice:
		for i := range v.Len() {
			holdValue(t, path+"[]", v.Index(i))
		}
	default:
	}
}

func TestOpenAI_fields(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := mocktest.StartInBubble(t, weather())
		client := newOpenAI(question{url: srv.URL, client: srv.Client(), retries: never})
		params := openai.ChatCompletionNewParams{
			Model: "calm", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(prompt)},
		}
		whole, err := client.Chat.Completions.New(t.Context(), params)
		if err != nil {
			t.Fatal(err)
		}
		holdFields(t, whole)
		params.StreamOptions = openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)}
		stream := client.Chat.Completions.NewStreaming(t.Context(), params)
		for stream.Next() {
			holdFields(t, new(stream.Current()))
		}
		list, err := client.Models.List(t.Context())
		if err != nil || len(list.Data) != len(faults()) {
			t.Fatalf("%+v, error %v", list, err)
		}
		holdFields(t, list)
	})
}

func TestAnthropic_fields(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := mocktest.StartInBubble(t, weather())
		client := newAnthropic(question{url: srv.URL, client: srv.Client(), retries: never})
		params := anthropic.MessageNewParams{
			Model: "calm", MaxTokens: 64,
			Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock(prompt))},
		}
		whole, err := client.Messages.New(t.Context(), params)
		if err != nil {
			t.Fatal(err)
		}
		holdFields(t, whole)
		holdFields(t, new(whole.Content[0].AsText()))
		stream := client.Messages.NewStreaming(t.Context(), params)
		for stream.Next() {
			holdEvent(t, stream.Current())
		}
		list, err := client.Models.List(t.Context(), anthropic.ModelListParams{})
		if err != nil || len(list.Data) == 0 {
			t.Fatalf("%+v, error %v", list, err)
		}
	})
}

// holdEvent holds an event of the stream, as the struct of its kind.
func holdEvent(t *testing.T, event anthropic.MessageStreamEventUnion) {
	t.Helper()
	switch e := event.AsAny().(type) {
	case anthropic.MessageStartEvent:
		holdFields(t, &e)
	case anthropic.ContentBlockStartEvent:
		holdFields(t, new(e.ContentBlock.AsText()))
	case anthropic.ContentBlockDeltaEvent:
		holdFields(t, new(e.Delta.AsTextDelta()))
	case anthropic.ContentBlockStopEvent:
		holdFields(t, &e)
	case anthropic.MessageDeltaEvent:
		holdFields(t, &e)
	case anthropic.MessageStopEvent:
		holdFields(t, &e)
	default:
		t.Errorf("an event of kind %q", event.Type)
	}
}
