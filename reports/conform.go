package reports

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// shape is what a JSON Schema says of the keys of a value: which there must be,
// and of what type. Values out of range and words that are not listed are none of
// its business: a later program may have more of them.
type shape struct {
	Ref        string            `json:"$ref"`
	Defs       map[string]*shape `json:"$defs"`
	Type       types             `json:"type"`
	Required   []string          `json:"required"`
	Properties map[string]*shape `json:"properties"`
	Others     *shape            `json:"additionalProperties"`
	Items      *shape            `json:"items"`
}

// misfit is the place at which a document is not as its schema says, and how.
type misfit struct{ path, what string }

// conform returns an error for the first key of a document that is missing or of
// another type than its schema says. The decoder alone would read both as zero.
func conform(document, schema []byte) error {
	var s shape
	if err := json.Unmarshal(schema, &s); err != nil {
		return err
	}
	var value any
	if err := json.Unmarshal(document, &value); err != nil {
		return err
	}
	if m := s.check(value, s.Defs); m != nil {
		return fmt.Errorf("%s %s", strings.TrimPrefix(m.path, "."), m.what)
	}
	return nil
}

// check holds a value against s; nil means that it fits.
func (s *shape) check(value any, defs map[string]*shape) *misfit {
	if s.Ref != "" {
		return defs[strings.TrimPrefix(s.Ref, "#/$defs/")].check(value, defs)
	}
	if is := typeOf(value); !s.Type.allow(is) {
		return &misfit{what: fmt.Sprintf("is %s, must be %s", is, s.Type[0])}
	}
	switch v := value.(type) {
	case map[string]any:
		return s.checkKeys(v, defs)
	case []any:
		for i := 0; s.Items != nil && i < len(v); i++ {
			if m := s.Items.check(v[i], defs); m != nil {
				return &misfit{fmt.Sprintf("[%d]%s", i, m.path), m.what}
			}
		}
	}
	return nil
}

func (s *shape) checkKeys(object map[string]any, defs map[string]*shape) *misfit {
	for _, key := range s.Required {
		if _, ok := object[key]; !ok {
			return &misfit{"." + key, "is missing"}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		of, known := s.Properties[key]
		if !known {
			of = s.Others
		}
		if of == nil {
			continue // a key of a later program
		}
		if m := of.check(object[key], defs); m != nil {
			return &misfit{"." + key + m.path, m.what}
		}
	}
	return nil
}

// types are the names of the types that a value may have; none allow any.
type types []string

// UnmarshalJSON reads a name, or a list of them.
func (t *types) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*t = types{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(t))
}

// allow says whether a value may be of a type. A list that is null is an empty
// one.
func (t types) allow(is string) bool {
	switch {
	case len(t) == 0 || slices.Contains(t, is):
		return true
	case is == "number":
		return slices.Contains(t, "integer")
	default:
		return is == "null" && slices.Contains(t, "array")
	}
}

// typeOf names the type of a decoded value as JSON Schema does.
func typeOf(value any) string {
	switch value.(type) {
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case string:
		return "string"
	case float64:
		return "number"
	case bool:
		return "boolean"
	default:
		return "null"
	}
}
