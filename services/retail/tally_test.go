package retail

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// tally counts what became of commands, by the names of their types.
type tally map[string]*struct{ accepted, refused int }

func (y tally) count(command any, err error) {
	if y == nil {
		return
	}
	name := reflect.TypeOf(command).Name()
	if y[name] == nil {
		y[name] = &struct{ accepted, refused int }{}
	}
	if err == nil || errors.Is(err, ErrUnchanged) {
		y[name].accepted++
	} else {
		y[name].refused++
	}
}

// neverRefused are the commands that nothing is wrong with which a trial sends.
var neverRefused = []string{"MoveCash", "PutTaxCategory", "PutPrices", "PutStockReason", "PutBlindTerms", "PutRefundTerms", "RecordAnswer", "AnswerLabel"}

// enough is how many commands it takes until chance leaves none out. A run that was told to be short is not judged.
const enough = 3000

// drawsMax is how often a property is checked until chance has left nothing out: a hundred trials accept the rarest kinds once or not at all.
const drawsMax = 15

// check checks a property, and again with other draws as long as it holds and chance leaves a command out, never accepts or never refuses
// it: whoever adds a command adds it to the acts of the trial and to its paper.
func (y tally) check(t *testing.T, property func(*rapid.T)) {
	t.Helper()
	var missing []string
	for range drawsMax {
		if rapid.Check(t, property); t.Failed() {
			return
		}
		if missing = y.missing(t); len(missing) == 0 {
			return
		}
	}
	for _, one := range missing {
		t.Error(one)
	}
}

// missing says what was left out.
func (y tally) missing(t *testing.T) (missing []string) {
	t.Helper()
	all := commandNames(t)
	sent := 0
	for _, n := range y {
		sent += n.accepted + n.refused
	}
	if sent < enough {
		t.Logf("only %d commands were sent, too few to tell whether one is left out", sent)
		return nil
	}
	say := func(format string, name string) { missing = append(missing, fmt.Sprintf(format, name)) }
	for _, name := range all {
		n := y[name]
		switch {
		case n == nil:
			say("no act of the trial sends %s: add one, and what becomes of it on paper", name)
		case n.accepted == 0:
			say("%s is never accepted", name)
		case n.refused == 0 && !slices.Contains(neverRefused, name):
			say("%s is never refused", name)
		}
	}
	for name := range y {
		if !slices.Contains(all, name) {
			say("%s is sent, and no command in the source", name)
		}
	}
	return missing
}

// commandNames are the types that have a method Decide, as the source has them.
func commandNames(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, declared := range file.Decls {
			if f, ok := declared.(*ast.FuncDecl); ok && f.Name.Name == "Decide" && f.Recv != nil {
				names[f.Recv.List[0].Type.(*ast.Ident).Name] = true
			}
		}
	}
	if len(names) == 0 {
		t.Fatal("there are no commands: look at this test")
	}
	return slices.Sorted(maps.Keys(names))
}
