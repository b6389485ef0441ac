"""The pages of the register: every one shows what held on `?as_of=`, and only today can be changed."""
