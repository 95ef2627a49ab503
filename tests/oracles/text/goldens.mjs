import './tokenizers.mjs';
import './chats.mjs';
import './expressions.mjs';
