package engine

import (
	"fmt"
	"os"
	"strings"

	"github.com/tailgate-bench/tailgate/llm/remote"
)

// KeyError are the environment variables without the keys they should hold.
type KeyError struct {
	// Variables are their names, and Models who needs each of them.
	Variables, Models []string
}

// Error says which variables are not set, and which models need them.
func (e *KeyError) Error() string {
	missing := make([]string, len(e.Variables))
	for i, name := range e.Variables {
		missing[i] = fmt.Sprintf("%s (the key of %s)", name, e.Models[i])
	}
	return "not set in the environment: " + strings.Join(missing, ", ")
}

// keys returns the keys of the models by the names of their variables.
func (j *Job) keys() (map[string]remote.Key, error) {
	lookup := j.options.Env
	if lookup == nil {
		lookup = os.LookupEnv
	}
	found, missing := make(map[string]remote.Key), &KeyError{}
	for _, m := range j.models {
		if m.Remote == nil || m.Remote.KeyEnv == "" {
			continue
		}
		key, _ := lookup(m.Remote.KeyEnv)
		key = strings.TrimSpace(key) // a file that it was read from ends in a new line
		if key == "" {
			missing.Variables, missing.Models = append(missing.Variables, m.Remote.KeyEnv), append(missing.Models, m.Name)
		}
		found[m.Remote.KeyEnv] = remote.Key(key)
	}
	if len(missing.Variables) > 0 {
		return nil, missing
	}
	return found, nil
}

// CheckKeys looks whether the environment has the keys of all models. The error
// is a [*KeyError].
func (j *Job) CheckKeys() error {
	_, err := j.keys()
	return err
}
