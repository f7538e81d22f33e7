"""What a lesson has built and a later one uses: the decoder, the encoder, and what it takes to train, run and serve them.

Nothing in `utils` outside this folder imports it, and it imports nothing of `utils.course`.
"""
