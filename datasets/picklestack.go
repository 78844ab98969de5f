package datasets

import (
	"errors"
	"fmt"
)

func (u *unpickler) push(v any) error {
	if u.values++; u.values > pickleValues {
		return fmt.Errorf("more than %d values", pickleValues)
	}
	u.stack = append(u.stack, v)
	return nil
}

func (u *unpickler) pushed(v any, err error) error {
	if err != nil {
		return err
	}
	return u.push(v)
}

func (u *unpickler) pop() (any, error) {
	items, err := u.take(1)
	if err != nil {
		return nil, err
	}
	return items[0], nil
}

// take takes the n values on top of the stack, all above the last mark.
func (u *unpickler) take(n int) ([]any, error) {
	if len(u.stack) < n {
		return nil, errors.New("an opcode that wants more values than there are")
	}
	items := append([]any(nil), u.stack[len(u.stack)-n:]...)
	for _, v := range items {
		if v == (any)(pickleMark{}) {
			return nil, errors.New("an opcode that wants more values than there are above the mark")
		}
	}
	u.stack = u.stack[:len(u.stack)-n]
	return items, nil
}

// marked takes the values above the last mark, and the mark.
func (u *unpickler) marked() ([]any, error) {
	for i := len(u.stack) - 1; i >= 0; i-- {
		if _, ok := u.stack[i].(pickleMark); ok {
			items := append([]any(nil), u.stack[i+1:]...)
			u.stack = u.stack[:i]
			return items, nil
		}
	}
	return nil, errors.New("an opcode that wants a mark, and there is none")
}

// operands are the values of an opcode that exists for one value and for all above the mark.
func (u *unpickler) operands(many bool, n int) ([]any, error) {
	if many {
		return u.marked()
	}
	return u.take(n)
}

func (u *unpickler) top() any {
	if len(u.stack) == 0 {
		return pickleMark{}
	}
	return u.stack[len(u.stack)-1]
}

func (u *unpickler) extend(many bool) error {
	items, err := u.operands(many, 1)
	if err != nil {
		return err
	}
	list, ok := u.top().(*pickleList)
	if !ok {
		return errors.New("items appended to what is no list")
	}
	list.items = append(list.items, items...)
	return nil
}

func (u *unpickler) set(many bool) error {
	items, err := u.operands(many, 2)
	if err != nil {
		return err
	}
	dict, ok := u.top().(pickleDict)
	if !ok || len(items)%2 != 0 {
		return errors.New("keys and values for what is no dictionary")
	}
	for i := 0; i < len(items); i += 2 {
		key, ok := items[i].(string)
		if !ok {
			return errors.New("a dictionary with a key that is no string")
		}
		dict[key] = items[i+1]
	}
	return nil
}

func (u *unpickler) remember(i uint32) error {
	v := u.top()
	if _, ok := v.(pickleMark); ok {
		return errors.New("nothing to store")
	}
	if len(u.memo) > pickleValues {
		return fmt.Errorf("more than %d stored values", pickleValues)
	}
	u.memo[i] = v
	return nil
}
