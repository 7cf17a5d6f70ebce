// Package house keeps the house in order. It has tests only: they read the tree and fail with a sentence that says which rule
// was broken and why there is one, so that nobody needs to remember the rules.
//
//	imports_test.go   which room may import which, and what retail may import at all
//	tree_test.go      what stands at the top, what packages and files are called, how long they are, where SQL is
//	contract_test.go  every method says who may call it; the reasons of the rules are those of the contract
//	running_test.go   what the Makefile, the containers and CI name exists in the program
//
// A rule that stands in the way is changed here, in the same commit as what it stood in the way of, with its reason.
package house
