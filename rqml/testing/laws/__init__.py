"""The laws of the contract, one function each: `law(case)` returns, or raises LawBroken with what to change."""
