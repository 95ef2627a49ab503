import './tokenizers.mjs';
