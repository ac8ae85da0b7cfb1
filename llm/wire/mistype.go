package wire

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"

	"github.com/tailgate-bench/tailgate/llm"
)

// mistype is what is wrong with a request that is JSON, but not of the right
// types.
type mistype struct {
	field string       // such as "messages.role"
	want  reflect.Kind // an interface is text: a string or a list
	got   string       // JSON's word for it
}

// mistyped returns what is wrong if err says so; ok is false for text that is no
// JSON.
func mistyped(err error) (m mistype, ok bool) {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && e.Field != "" {
		got, _, _ := strings.Cut(e.Value, " ") // a number follows
		return mistype{e.Field, e.Type.Kind(), got}, true
	}
	return mistype{}, false
}

// openAI returns OpenAI's error.
func (m mistype) openAI() *llm.Error {
	want := map[reflect.Kind]string{
		reflect.String: "a string", reflect.Int: "an integer", reflect.Bool: "a boolean",
		reflect.Slice: "an array", reflect.Struct: "an object", reflect.Interface: "one of a string or array of objects",
	}
	got := map[string]string{
		"string": "a string", "number": "a number", "bool": "a boolean", "array": "an array", "object": "an object",
	}
	return complain(m.field, "invalid_type",
		"Invalid type for '"+m.field+"': expected "+want[m.want]+", but got "+got[m.got]+" instead.")
}

// anthropic returns Anthropic's error.
func (m mistype) anthropic() *llm.Error {
	want := map[reflect.Kind]string{
		reflect.String: "string", reflect.Int: "integer", reflect.Bool: "boolean",
		reflect.Slice: "list", reflect.Struct: "dictionary", reflect.Interface: "list",
	}
	return invalid(m.field + ": Input should be a valid " + want[m.want])
}

// syntax returns what is wrong with text that is no JSON, or none of use.
func syntax(err error) string {
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return e.Error()
	}
	return "expected an object"
}
