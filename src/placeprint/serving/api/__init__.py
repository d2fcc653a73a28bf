"""The HTTP interface of a run or an encoder: what is asked, what is answered, what is refused."""
